"""All figures of one target in one round, from its trace; what was not measured is None."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenarios.analysis.counts import request_counts
from scenarios.analysis.driver import driver_figures
from scenarios.analysis.environment import cores
from scenarios.analysis.inside import Inside, look_inside
from scenarios.analysis.laws import Premises, law_result
from scenarios.analysis.statistics import NS_PER_S, latency_of
from scenarios.analysis.window import window_of
from scenarios.definition import Load, Target
from scenarios.experiment import Mode
from scenarios.load.report import DriverReport
from scenarios.load.visits import DONE, Visits
from scenarios.result import LawResult, RequestCounts, TargetResult, VisitorClass
from scenarios.trace.target_trace import TargetTrace


def analyse_target(
    trace: TargetTrace, target: Target, load: Load, mode: Mode, report: DriverReport | None, probe: bool
) -> TargetResult:
    """The figures of one round; without a probe, all that only the workers could tell is None."""
    visits, facts = trace.visits, trace.facts
    window = window_of(visits)
    inside = look_inside(trace, window) if probe and window else Inside()
    counts = request_counts(visits)
    makespan_s = (window[1] - window[0]) / NS_PER_S if window else None
    latency = latency_of(_times(visits, visits.intended_ns, visits.done_ns))
    ttfb = latency_of(_times(visits, visits.intended_ns, visits.first_byte_ns))
    checked = target.law if load.arrivals == "burst" and mode == "measure" else None
    return TargetResult(
        name=facts.name,
        server=facts.server,
        label=facts.label,
        interface=facts.interface,
        version=facts.version,
        loop=facts.loop,
        http=facts.http,
        workers=facts.workers,
        threads=facts.threads,
        requests=counts,
        makespan_s=makespan_s,
        throughput_rps=counts.completed / makespan_s if makespan_s else None,
        service_s=trace.service_ns / NS_PER_S if trace.service_ns else None,
        latency_ms=latency,
        uncorrected_latency_ms=latency_of(_times(visits, visits.sent_ns, visits.done_ns)),
        ttfb_ms=ttfb,
        queue_ms=inside.queue_ms,
        states_ms=inside.states_ms,
        in_flight=inside.in_flight,
        workers_seen=inside.workers_seen,
        workers_lost=sum(1 for worker in trace.workers.values() if worker.died_ns),
        hops_per_request=inside.hops_per_request,
        blame=inside.blame,
        classes=[VisitorClass("all", counts, latency, ttfb)],
        law=_law(checked, trace, counts, makespan_s, inside.busiest),
        checks=[],
        driver=driver_figures(report, latency.p50 if latency else None),
        telemetry=inside.telemetry,
    )


def _times(visits: Visits, since: Sequence[int], until: Sequence[int]) -> Iterator[int]:
    """How long each completed request took from one of its times to another."""
    rows = zip(visits.outcome, since, until, strict=True)
    return (end - start for outcome, start, end in rows if outcome == DONE)


def _law(
    name: str | None, trace: TargetTrace, counts: RequestCounts, makespan_s: float | None, busiest: int | None
) -> LawResult | None:
    """The target's law, checked; None where it has none or what it predicts from was not measured."""
    if name is None or makespan_s is None:
        return None
    if busiest is None and trace.facts.workers == 1:
        busiest = counts.planned  # nobody had to count
    premises = Premises(
        counts.planned,
        trace.facts.workers,
        trace.facts.threads,
        cores(),
        trace.service_ns / NS_PER_S,
        trace.service_cpu_ns / NS_PER_S,
        busiest,
    )
    return law_result(name, premises, makespan_s, everybody_served=counts.completed == counts.planned)
