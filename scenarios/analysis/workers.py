"""What each worker went through: how busy, how blocked and by which source lines, how many requests at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, clipped, handlings_of, most_at_once, union_ns
from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results import BlockingLine, InFlight, WorkerSeen
from asgi_vs_wsgi.scenarios.trace.spans import Span, life
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import RequestRecord, WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital


def in_flight(trace: TargetTrace, window: Interval) -> InFlight:
    """The most at once, over the target and on one worker."""
    by_worker = [handled(trace, worker, window) for worker in trace.workers.values()]
    together = most_at_once(interval for intervals in by_worker for interval in intervals)
    return InFlight(together, max(map(most_at_once, by_worker), default=0))


def handled(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> list[Interval]:
    """From the application's entry to its end, or its process's, for each request of the worker, within the run."""
    last_ns = worker.died_ns or window[1]
    return clipped(((h.begin_ns, h.end_ns or last_ns) for h in handlings_of(trace, worker)), window)


HELD = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED)


class BlockingLineSums:
    """Takes in all requests one by one."""

    def __init__(self) -> None:
        self._sums_ns: Counter[tuple[str, State]] = Counter()

    def add_request(self, spans: list[Span], worker: WorkerTrace) -> None:
        """One request's spans; those that no sample judged blame no line."""
        for span in spans:
            if span.location >= 0 and span.state in HELD and (where := worker.locations.get(span.location)):
                self._sums_ns[where, span.state] += span.end_ns - span.start_ns

    def lines(self) -> list[BlockingLine]:
        """The longest first."""
        return [
            BlockingLine(where, state.label, sum_ns / NS_PER_MS)
            for (where, state), sum_ns in self._sums_ns.most_common()
        ]


def held_spans(trace: TargetTrace, row: int, handling: RequestRecord, until_ns: int) -> list[Span]:
    """A request's spans for as long as its worker had it: one whose visitor has left holds it all the same."""
    visit = trace.visit(row)
    served = trace.visits.outcome[row] == DONE
    return life(
        visit if served else visit._replace(done_ns=0), handling, until_ns, shows_accept=trace.facts.shows_accept
    )


class BlockedTime:
    """Takes in all requests one by one; tells for how long at least one of a worker's requests was blocked."""

    def __init__(self) -> None:
        self._intervals: dict[int, list[Interval]] = {}
        self._untold: set[int] = set()

    def add_request(self, spans: list[Span], worker: WorkerTrace) -> None:
        """One request's spans."""
        if any(span.state is State.BLOCKED_OR_STALLED for span in spans):
            self._untold.add(worker.pid)
        blocked = [(span.start_ns, span.end_ns) for span in spans if span.state is State.BLOCKED]
        if blocked:
            self._intervals.setdefault(worker.pid, []).extend(blocked)

    def within_ns(self, worker: WorkerTrace, window: Interval) -> int | None:
        """Nanoseconds within the run; None where they cannot be told from those of being stalled."""
        if worker.pid in self._untold:
            return None
        return union_ns(clipped(self._intervals.get(worker.pid, ()), window))


def workers_seen(trace: TargetTrace, window: Interval, blocked: BlockedTime) -> list[WorkerSeen]:
    """The workers in order of their hello."""
    return [_worker_seen(trace, worker, window, blocked) for worker in trace.workers.values()]


def _worker_seen(trace: TargetTrace, worker: WorkerTrace, window: Interval, blocked: BlockedTime) -> WorkerSeen:
    makespan_ns = max(1, window[1] - window[0])
    blocked_ns = blocked.within_ns(worker, window)
    rss_kb = _peak(worker, Vital.RSS_KB, window)
    return WorkerSeen(
        worker.pid,
        sum(1 for _ in handlings_of(trace, worker)),
        union_ns(slots_held(trace, worker, window)) / makespan_ns,
        None if blocked_ns is None else blocked_ns / makespan_ns,
        loop_held_max_ms(worker, window),
        None if rss_kb is None else rss_kb / 1024,
        _peak(worker, Vital.THREADS, window),
        _peak(worker, Vital.CONNECTIONS, window),
    )


def slots_held(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> list[Interval]:
    """WSGI: a request holds its process or thread throughout. ASGI: while it is on the loop or in a thread.

    A worker that serves one at a time is held from its accept on: it reads what its client sends, and takes no other.
    """
    if trace.facts.interface == "wsgi":
        reading = [(each.accepted_ns, each.begin_ns) for each in handlings_of(trace, worker) if each.accepted_ns]
        held = handled(trace, worker, window)
        return held + clipped(reading, window) if trace.facts.slot == "worker" else held
    slices = [slice_ for handling in handlings_of(trace, worker) for slice_ in handling.slices]
    last_ns = worker.died_ns or window[1]
    return clipped(((slice_.start_ns, slice_.end_ns or last_ns) for slice_ in slices), window)


def loop_held_max_ms(worker: WorkerTrace, window: Interval) -> float | None:
    """The longest time that an event loop served nobody else: a step of a request, or a late heartbeat."""
    if not worker.loops and not worker.late_beats:
        return None
    return max((to_ns - from_ns for from_ns, to_ns in loop_held(worker, window)), default=0) / NS_PER_MS


def loop_held(worker: WorkerTrace, window: Interval) -> Iterator[Interval]:
    """When an event loop served nobody else: every step, and every heartbeat that came late."""
    for loop in worker.loops.values():
        yield from clipped(zip(loop.starts_ns, loop.ends_ns, strict=True), window)
        if loop.open_since_ns:
            yield from clipped([(loop.open_since_ns, worker.died_ns or window[1])], window)
    yield from clipped(((at_ns - late_ns, at_ns) for at_ns, late_ns in worker.late_beats), window)


def _peak(worker: WorkerTrace, vital: Vital, window: Interval) -> int | None:
    """The largest reading of the run, the one that the lab takes right after it included."""
    return max((value for at_ns, value in worker.vitals[vital] if at_ns >= window[0]), default=None)
