"""What only the probe can tell of a target: one pass over all requests, everything added up on the way."""

from __future__ import annotations

from collections import Counter
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.background_work import BesideRequests
from asgi_vs_wsgi.scenarios.analysis.blamed_lines import Line, blocking_lines, longest_first, told_whose
from asgi_vs_wsgi.scenarios.analysis.interval_counter import InFlightPeak
from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of
from asgi_vs_wsgi.scenarios.analysis.request_figures import (
    AwaitedAt,
    Raising,
    awaited_lines,
    failure_reasons,
    mean_states_ms,
    raising_of,
    request_figures,
)
from asgi_vs_wsgi.scenarios.analysis.worker_time import WorkerTime, late_beats_ns, vital_before, vital_peak
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results import (
    AwaitedLine,
    BlockingLine,
    ChildProcesses,
    FailureReason,
    InFlight,
    Latency,
    OwnThreads,
    Telemetry,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, latency_of
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


class Joining(NamedTuple):
    """How many visitors were answered, how many of them no worker has a record of, and whose records there are."""

    answered: int
    unjoined: int
    unknown: int
    """Requests that workers began under numbers which no visitor of the run has had so far."""

    @property
    def failed(self) -> bool:
        """Nobody who was answered has a record, or records of others stand for all who have none.

        A few without are something else: a server answers some requests itself, a killed worker takes records along.
        """
        return self.unjoined > 0 and (self.unjoined == self.answered or self.unjoined <= self.unknown)


def joining(trace: TargetTrace) -> Joining:
    """Of a trace that was decoded, from workers with a probe."""
    visits, workers = trace.visits, list(trace.workers.values())
    answered = [visits.first_id + row for row, outcome in enumerate(visits.outcome) if outcome == DONE]
    unjoined = sum(not any(request in worker.handlings for worker in workers) for request in answered)
    beyond = visits.first_id + len(visits)  # smaller numbers are of visitors who came earlier in the run
    unknown = sum(request >= beyond for worker in workers for request in worker.handlings) if unjoined else 0
    return Joining(len(answered), unjoined, unknown)


class Inside(Struct, frozen=True):
    """The figures from within the workers; as it stands, nothing was measured."""

    states_ms: dict[str, float | None] | None = None
    queue_ms: Latency | None = None
    accepted_ms: Latency | None = None
    in_flight: InFlight | None = None
    workers_seen: list[WorkerSeen] = []
    hops_per_request: float | None = None
    blame: list[BlockingLine] = []
    busiest: int | None = None
    telemetry: Telemetry | None = None
    failures: list[FailureReason] | None = None
    own_threads: OwnThreads | None = None
    child_processes: ChildProcesses | None = None
    awaiting_for: list[AwaitedLine] | None = None


def telemetry(trace: TargetTrace, joined: Joining, window: Interval) -> Telemetry:
    """What the workers told, whether it is of these visitors, and what they could tell of."""
    logs = trace.workers.values()
    late = [late_beats_ns(trace, log, window) for log in logs if log.loops or log.late_beats]
    return Telemetry(
        events=sum(log.events for log in logs),
        lost=sum(log.lost for log in logs),
        unjoined=joined.unjoined,
        joined=not joined.failed,
        shows_calls=all(log.shows_calls for log in logs),
        late_ms=sum(late_ns for late_ns, _ in late) / NS_PER_MS if late else None,
        late_untold_ms=sum(untold_ns for _, untold_ns in late) / NS_PER_MS if late else None,
        reads_lines=all(log.reads_lines for log in logs),
    )


def look_inside(trace: TargetTrace, window: Interval) -> Inside:
    """The workers' half of a run whose requests ended within `window`; their telemetry alone where it does not join."""
    joined = joining(trace)
    told = telemetry(trace, joined, window)
    if joined.failed:
        return Inside(telemetry=told)
    states_ns, blame_ns, hops = [0] * len(State), Counter[Line](), 0
    raised: Counter[Raising] = Counter()
    awaited: Counter[AwaitedAt] = Counter()
    suspended_ns = 0
    queued_ns: list[int] = []
    accepted_ns: list[int] = []
    times = {worker.pid: WorkerTime(trace, worker) for worker in trace.workers.values()}
    for row, sent_ns in enumerate(trace.visits.sent_ns):
        one = request_figures(trace, row, window[1])
        for line, time_ns in one.blame_ns:
            blame_ns[line] += time_ns
        for at, time_ns in one.awaited_ns:
            awaited[at] += time_ns
        suspended_ns += one.states_ns[State.AWAITING]
        if raising := raising_of(one.handling):
            raised[raising] += 1
        if one.served:
            states_ns = list(map(add, states_ns, one.states_ns))
            queued_ns.append(one.states_ns[State.QUEUED])
            if one.handling:
                times[one.handling.worker.pid].take_over(one.handling, one.blocked)
                hops += one.handling.hops
                accepted_ns.append(in_hands_ns(one.handling, sent_ns))
    for time in times.values():
        blame_ns.update(time.lines_of_nobody(window[1], over=True))
    beside = BesideRequests(trace)
    own_threads = beside.own_threads(window[1])
    workers = [_worker_seen(trace, worker, times[worker.pid], window) for worker in trace.workers.values()]
    return Inside(
        mean_states_ms(states_ns, len(queued_ns)),
        latency_of(queued_ns),
        latency_of(accepted_ns) if trace.facts.shows_accept else None,
        InFlightPeak(trace).until(window[1]),
        workers,
        hops / len(queued_ns) if queued_ns else None,
        told_whose(longest_first([*blocking_lines(blame_ns), *own_threads.lines]), trace),
        max((worker.requests for worker in workers), default=None),
        told,
        failure_reasons(raised),
        own_threads,
        beside.child_processes(FOREVER),
        awaited_lines(trace, awaited, suspended_ns),
    )


class _Cpu(NamedTuple):
    """Of one worker, in ms."""

    used: float | None = None
    running: float | None = None
    servers_own: float | None = None
    ready: float | None = None


def _cpu_of(trace: TargetTrace, worker: WorkerTrace) -> _Cpu:
    """From the lab's reading before the round to the one after it."""
    readings = worker.vitals[Vital.CPU_US]
    if len(readings) < 2 or worker.died_ns:
        return _Cpu()
    (from_ns, first), (to_ns, last) = readings[0], readings[-1]
    records = (*handlings_of(trace, worker), worker.own_work, worker.own_threads)
    pieces = (piece for each in records for slice_ in each.slices for piece in slice_.pieces(to_ns))
    ran_ns = (min(end, to_ns) - max(start, from_ns) for state, start, end, _ in pieces if state is State.RUNNING)
    used, running = (last - first) / 1000, sum(lasted for lasted in ran_ns if lasted > 0) / NS_PER_MS
    waited = [us for _, us in worker.vitals[Vital.READY_US]]  # of threads that have ended meanwhile it is forgotten
    ready = max(0.0, (waited[-1] - waited[0]) / 1000) if len(waited) > 1 else None
    return _Cpu(used, running, used - running if running <= used else None, ready)


def _worker_seen(trace: TargetTrace, worker: WorkerTrace, time: WorkerTime, window: Interval) -> WorkerSeen:
    first_ns, last_ns = window
    rss_kb, held_kb = vital_peak(worker, Vital.RSS_KB, window), vital_before(worker, Vital.RSS_KB, window)
    cpu = _cpu_of(trace, worker)
    return replace(
        time.seen(last_ns, last_ns - first_ns, over=True),
        rss_peak_mb=None if rss_kb is None else rss_kb / 1024,
        threads_peak=vital_peak(worker, Vital.THREADS, window),
        connections_open_peak=vital_peak(worker, Vital.CONNECTIONS, window),
        rss_before_mb=None if held_kb is None else held_kb / 1024,
        threads_before=vital_before(worker, Vital.THREADS, window),
        cpu_ms=cpu.used,
        ready_ms=cpu.ready,
        running_ms=cpu.running,
        server_own_ms=cpu.servers_own,
    )


def in_hands_ns(handling: RequestRecord, sent_ns: int) -> int:
    """Of a request's time in line, how long it was in one worker's hands; while it is still sent it is not in line."""
    return max(0, handling.begin_ns - max(handling.accepted_ns, sent_ns)) if handling.accepted_ns else 0
