"""All figures of one target in one round, from its trace; what was not measured is None."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.client_side import (
    first_bytes_ns,
    http_connections,
    latencies_ns,
    pieces,
    request_counts,
    served_rows,
    uncorrected_latencies_ns,
    visitor_classes,
    websockets,
)
from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, window_of
from asgi_vs_wsgi.scenarios.analysis.laws import Premises, law_result, side_by_side
from asgi_vs_wsgi.scenarios.analysis.server_side import Inside, look_inside
from asgi_vs_wsgi.scenarios.analysis.unserved import all_served, client_limited, unjudged_reason, unserved, with_page
from asgi_vs_wsgi.scenarios.analysis.worker_time import workers_ended, workers_lost
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED
from asgi_vs_wsgi.scenarios.results import (
    DatabaseConnections,
    DriverFigures,
    EventResult,
    LawResult,
    LeftVisitors,
    MachineShare,
    RequestCounts,
    TargetResult,
    share_taken,
)
from asgi_vs_wsgi.scenarios.results.document import identity
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, NS_PER_S, latency_of
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending, Vital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.load.driver import DriverReport
    from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
    from asgi_vs_wsgi.scenarios.model.experiment import Mode
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def left_visitors(trace: TargetTrace) -> LeftVisitors:
    """Joined from both halves: when the client hung up, and when and how the application ended."""
    visits = trace.visits
    pairs = [(visits.done_ns[row], trace.handling(row)) for row, o in enumerate(visits.outcome) if o == CANCELLED]
    begun = [(left_ns, handling) for left_ns, handling in pairs if handling and handling.begin_ns < left_ns]
    ended = [(left_ns, handling) for left_ns, handling in begun if handling.end_ns]
    on_ms = [max(0, handling.end_ns - left_ns) / NS_PER_MS for left_ns, handling in ended]
    cancelled = sum(_cancelled(handling) for _, handling in ended)
    return LeftVisitors(len(begun), cancelled, sum(on_ms) / len(on_ms) if on_ms else None)


def _cancelled(handling: RequestRecord) -> bool:
    """Cancelled by the server, or, as Django does when it is told of the disconnect, ended without an answer."""
    answerless = handling.ending is Ending.RETURNED and not handling.response_start_ns
    return handling.ending is Ending.CANCELLED or answerless


def connections(trace: TargetTrace, window: Interval | None) -> DatabaseConnections | None:
    """All workers together at each count from the first visitor on, the one right after the run included.

    None where nobody counted.
    """
    if trace.facts.database is None or window is None:
        return None
    together = Counter[int]()
    for worker in trace.workers.values():
        for at_ns, count in worker.vitals[Vital.CONNECTIONS]:
            together[at_ns] += count
    before = [count for at_ns, count in sorted(together.items()) if at_ns < window[0]]
    together = Counter({at_ns: count for at_ns, count in together.items() if at_ns >= window[0]})
    if not together:
        return None
    counts = sorted(together.items())
    return DatabaseConnections(
        trace.facts.database,
        max(together.values()),
        counts[-1][1],
        [((at_ns - window[0]) / NS_PER_MS, count) for at_ns, count in counts],
        before[-1] if before else None,
    )


LAG_BOUND_MS = 5.0
LAG_BOUND_SHARE = 0.05
"""Late is: above 5 ms and above 5 % of the median latency."""


def driver_figures(
    report: DriverReport | None, median_ms: float | None, *, client_limited: bool = False
) -> DriverFigures:
    """The driver's own figures, and whether it was the limit; `median_ms` is the median latency of those served.

    Where nobody was served there is no time that the driver's lag could have made longer.

    Requests that could not be sent fail one after another as quickly as they can: that takes a core, and is no limit of
    the driver's.
    """
    if report is None:
        return DriverFigures(None, None, False)
    lag_ms = report.lag_p99_ms
    late = bool(lag_ms and median_ms and lag_ms > max(LAG_BOUND_MS, LAG_BOUND_SHARE * median_ms))
    figures = DriverFigures(lag_ms, report.cpu_share, limited=False)
    return replace(figures, limited=not client_limited and (late or figures.took_its_core))


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
    requests: Sequence[RequestSpec] = (),
) -> TargetResult:
    """The figures of one round; without a probe, all that only the workers could tell is None."""
    visits = trace.visits
    served = served_rows(visits, range(len(visits)))
    window = window_of(visits)
    inside = look_inside(trace, window) if probe and window else Inside()
    counts = request_counts(trace)
    makespan_s = (window[1] - window[0]) / NS_PER_S if window else None
    latency = latency_of(latencies_ns(visits, served))
    joined = inside.telemetry is None or inside.telemetry.joined
    unjudged = unjudged_reason(counts, joined=joined, failures_expected=target.failures_expected)
    checked = target.law if load.arrivals == "burst" and mode == "measure" else None
    return TargetResult(
        **identity(trace.facts),
        requests=counts,
        makespan_s=makespan_s,
        throughput_rps=with_page(counts) / makespan_s if makespan_s else None,
        service_s=trace.service_ns / NS_PER_S if trace.service_ns else None,
        latency_ms=latency,
        uncorrected_latency_ms=latency_of(uncorrected_latencies_ns(visits, served)),
        ttfb_ms=latency_of(first_bytes_ns(visits, served)),
        queue_ms=inside.queue_ms,
        accepted_ms=inside.accepted_ms,
        states_ms=inside.states_ms,
        in_flight=inside.in_flight,
        workers_seen=inside.workers_seen,
        workers_lost=workers_lost(trace),
        hops_per_request=inside.hops_per_request,
        blame=inside.blame,
        classes=visitor_classes(trace, requests),
        left=left_visitors(trace) if probe else None,
        connections=connections(trace, window) if probe else None,
        law=_law(checked, trace, counts, makespan_s, inside, machine, unjudged),
        checks=[],
        driver=driver_figures(report, latency.p50 if latency else None, client_limited=client_limited(counts)),
        telemetry=inside.telemetry,
        machine=machine,
        crash=crash,
        view=trace.facts.view,
        not_served=unserved(trace),
        receiving_since=(SINCE_ACCEPT if trace.facts.shows_accept else SINCE_FIRST_BYTE) if inside.states_ms else None,
        files_limit=files_limit,
        failures=inside.failures,
        http_connections=http_connections(visits, report if load.keep_alive else None),
        pieces=pieces(visits),
        workers_ended=workers_ended(trace),
        options=trace.facts.options,
        own_threads=inside.own_threads,
        child_processes=inside.child_processes,
        awaiting_for=inside.awaiting_for,
        environment=trace.facts.environment,
        websockets=websockets(trace) if probe else None,
    )


def events_of(trace: TargetTrace) -> list[EventResult]:
    """What happened to its server, in seconds since the first visitor."""
    start_ns = min(filter(None, trace.visits.intended_ns), default=0)
    return [
        EventResult(
            event.at_s,
            event.do,
            trace.facts.name,
            (event.done_ns - start_ns) / NS_PER_S if event.done_ns else None,
            trace.workers[event.worker].index if event.worker in trace.workers else None,
            event.reason or None,
        )
        for event in trace.events
    ]


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
        side_by_side(trace.facts.threads, trace.facts.environment),
    )
    taken = share_taken(machine)
    law = law_result(name, premises, makespan_s, everybody_served=all_served(counts), taken=taken)
    unjudged = unjudged or (f"a lone request was answered {trace.lone_unserved}" if trace.lone_unserved else "")
    return replace(law, holds=None, reason=unjudged) if law and unjudged else law
