"""All figures of one target in one round, from its trace; what was not measured is None."""

from __future__ import annotations

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.abandoned_requests import left_visitors
from asgi_vs_wsgi.scenarios.analysis.db_connections import connections
from asgi_vs_wsgi.scenarios.analysis.driver_health import driver_figures
from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.analysis.laws import Premises, law_result
from asgi_vs_wsgi.scenarios.analysis.request_counts import request_counts
from asgi_vs_wsgi.scenarios.analysis.run_window import window_of
from asgi_vs_wsgi.scenarios.analysis.server_side import Inside, look_inside
from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_S
from asgi_vs_wsgi.scenarios.analysis.unjudged import client_limited, unjudged_reason
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved, without_page
from asgi_vs_wsgi.scenarios.analysis.visitor_classes import times, visitor_classes
from asgi_vs_wsgi.scenarios.load.driver_health import DriverReport
from asgi_vs_wsgi.scenarios.model.experiment import Mode
from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
from asgi_vs_wsgi.scenarios.results import LawResult, MachineShare, RequestCounts, TargetResult
from asgi_vs_wsgi.scenarios.results.identity import identity
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

SINCE_ACCEPT, SINCE_FIRST_BYTE = "accept", "first byte"


def analyse_target(
    trace: TargetTrace,
    target: Target,
    load: Load,
    mode: Mode,
    report: DriverReport | None,
    probe: bool,
    machine: MachineShare | None = None,
    crash: str | None = None,
    files_limit: int | None = None,
) -> TargetResult:
    """The figures of one round; without a probe, all that only the workers could tell is None."""
    visits = trace.visits
    everybody = range(len(visits))
    window = window_of(visits)
    inside = look_inside(trace, window) if probe and window else Inside()
    counts = request_counts(visits)
    makespan_s = (window[1] - window[0]) / NS_PER_S if window else None
    latency = times(visits, visits.intended_ns, visits.done_ns, everybody)
    ttfb = times(visits, visits.intended_ns, visits.first_byte_ns, everybody)
    joined = inside.telemetry is None or inside.telemetry.joined
    unjudged = unjudged_reason(counts, joined=joined, failures_expected=target.failures_expected)
    checked = target.law if load.arrivals == "burst" and mode == "measure" else None
    return TargetResult(
        **identity(trace.facts),
        requests=counts,
        makespan_s=makespan_s,
        throughput_rps=counts.completed / makespan_s if makespan_s else None,
        service_s=trace.service_ns / NS_PER_S if trace.service_ns else None,
        latency_ms=latency,
        uncorrected_latency_ms=times(visits, visits.sent_ns, visits.done_ns, everybody),
        ttfb_ms=ttfb,
        queue_ms=inside.queue_ms,
        accepted_ms=inside.accepted_ms,
        states_ms=inside.states_ms,
        in_flight=inside.in_flight,
        workers_seen=inside.workers_seen,
        workers_lost=sum(1 for worker in trace.workers.values() if worker.died_ns),
        hops_per_request=inside.hops_per_request,
        blame=inside.blame,
        classes=visitor_classes(trace),
        left=left_visitors(trace) if probe else None,
        connections=connections(trace, window) if probe else None,
        law=_law(checked, trace, counts, makespan_s, inside, machine, unjudged),
        checks=[],
        driver=driver_figures(report, latency.p50 if latency else None, client_limited=client_limited(counts)),
        telemetry=inside.telemetry,
        machine=machine,
        crash=crash,
        view=trace.facts.view,
        not_served=unserved(visits),
        receiving_since=(SINCE_ACCEPT if trace.facts.shows_accept else SINCE_FIRST_BYTE) if inside.states_ms else None,
        files_limit=files_limit,
    )


def _law(
    name: str | None,
    trace: TargetTrace,
    counts: RequestCounts,
    makespan_s: float | None,
    inside: Inside,
    machine: MachineShare | None,
    unjudged: str,
) -> LawResult | None:
    """The target's law, checked; None where it has none or what it predicts from was not measured."""
    if name is None or makespan_s is None:
        return None
    busiest = inside.busiest
    if busiest is None and trace.facts.workers == 1:
        busiest = counts.planned  # nobody had to count
    premises = Premises(
        counts.planned,
        trace.facts.workers,
        trace.facts.threads,
        # Work that is CPU all along shares with others all along; in a moment of CPU beside long waits they give way.
        machine.left_of(cores()) if machine and name == "cpu-shared" else cores(),
        trace.service_ns / NS_PER_S,
        trace.service_cpu_ns / NS_PER_S,
        busiest,
    )
    everybody = counts.completed == counts.planned and not without_page(counts)
    taken = machine.taken if machine and machine.busy else 0.0
    law = law_result(name, premises, makespan_s, everybody_served=everybody, taken=taken)
    return replace(law, holds=None, reason=unjudged) if law and unjudged else law
