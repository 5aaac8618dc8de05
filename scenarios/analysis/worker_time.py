"""How long one worker was busy and blocked, and how long its loop was held, until any moment of a run.

What a worker went through, as intervals: what held its slots and its loop, and what blocked it; and its peaks.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, Interval, Longest, clipped, handlings_of
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results import WorkerSeen
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, Span, State, life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import RequestRecord, WorkerTrace
    from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital


def handled(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> list[Interval]:
    """From the application's entry to its end, or its process's, for each request of the worker, within the run."""
    last_ns = worker.died_ns or window[1]
    return clipped(((h.begin_ns, h.end_ns or last_ns) for h in handlings_of(trace, worker)), window)


HELD = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED)


BLOCKED = (State.BLOCKED, State.BLOCKED_OR_STALLED)


def blocked_spans(spans: list[Span]) -> list[Span]:
    """Those in which a request was blocked, or may have been."""
    return [span for span in spans if span.state in BLOCKED]


def held_spans(trace: TargetTrace, row: int, handling: RequestRecord, until_ns: int) -> list[Span]:
    """A request's spans for as long as its worker had it: one whose visitor has left holds it all the same."""
    visit = trace.visit(row)
    served = trace.visits.outcome[row] == DONE
    return life(
        visit if served else visit._replace(done_ns=0), handling, until_ns, shows_accept=trace.facts.shows_accept
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


def loop_held(worker: WorkerTrace, window: Interval) -> Iterator[Interval]:
    """When an event loop served nobody else: every step, and every heartbeat that came late."""
    for loop in worker.loops.values():
        yield from clipped(zip(loop.starts_ns, loop.ends_ns, strict=True), window)
        if loop.open_since_ns:
            yield from clipped([(loop.open_since_ns, worker.died_ns or window[1])], window)
    yield from clipped(((at_ns - late_ns, at_ns) for at_ns, late_ns in worker.late_beats), window)


def vital_peak(worker: WorkerTrace, vital: Vital, window: Interval) -> int | None:
    """The largest reading of the run, the one that the lab takes right after it included."""
    return max((value for at_ns, value in worker.vitals[vital] if at_ns >= window[0]), default=None)


def workers_lost(trace: TargetTrace, until_ns: int = FOREVER) -> int:
    """How many were seen to go by then."""
    return sum(0 < worker.died_ns <= until_ns for worker in trace.workers.values())


class WorkerTimeSoFar(NamedTuple):
    """`longest_ns`: for which its loop was held without a break; None where it has none."""

    requests: int
    """That it had begun."""
    busy_ns: int
    blocked_ns: int | None
    """None where it cannot be told from being stalled."""
    longest_ns: int | None


class WorkerTime:
    """Of one worker of a trace that may still grow; counted anew when it has told of more than is asked for."""

    def __init__(self, trace: TargetTrace, worker: WorkerTrace) -> None:
        self._trace = trace
        self._worker = worker
        self._events = -1
        self._known_ns = 0
        """Until when it had told of its work: what it tells later changes nothing before."""
        self._over: dict[int, list[Span]] = {}
        """When each request that has ended was blocked, or may have been."""
        self._begun: list[int] = []
        self._untold_ns = FOREVER + 1
        """Since when it has had a request of which it cannot be told whether it was blocked or stalled."""
        self._blocked_at: dict[str, Covered] = {}
        self._busy, self._blocked, self._held = Covered(()), Covered(()), Longest(())

    def until(self, at_ns: int) -> WorkerTimeSoFar:
        """From the first visitor to that moment."""
        if self._worker.events != self._events and at_ns > self._known_ns:
            self._events = self._worker.events
            self._count()
        looped = self._worker.loops or self._worker.late_beats
        return WorkerTimeSoFar(
            bisect_left(self._begun, at_ns),
            self._busy.until_ns(at_ns),
            None if self._untold_ns <= at_ns else self._blocked.until_ns(at_ns),
            self._held.until_ns(at_ns) if looped else None,
        )

    def seen(self, at_ns: int, elapsed_ns: int, *, over: bool) -> WorkerSeen:
        """The same as parts of the time that has passed; `over`: also whom it began after the last visitor was gone."""
        so_far, elapsed_ns = self.until(at_ns), max(1, elapsed_ns)
        return WorkerSeen(
            self._worker.pid,
            len(self._begun) if over else so_far.requests,
            so_far.busy_ns / elapsed_ns,
            None if so_far.blocked_ns is None else so_far.blocked_ns / elapsed_ns,
            None if so_far.longest_ns is None else so_far.longest_ns / NS_PER_MS,
            None,
            None,
            None,
        )

    def blocked_at(self, at_ns: int) -> tuple[str, int]:
        """The line at which it was blocked (or may have been) longest by then, and for how long; ("", 0) for none."""
        self.until(at_ns)
        known = [(covered.until_ns(at_ns), where) for where, covered in self._blocked_at.items() if where]
        time_ns, where = max(known, default=(0, ""))
        return where, time_ns

    def work_ahead(self) -> Iterator[None]:
        """In each step one request, so that `until` has little left to count."""
        for handling in list(handlings_of(self._trace, self._worker)):
            self._blocked_in(handling)
            yield
        self.until(FOREVER)
        yield

    def _count(self) -> None:
        trace, worker = self._trace, self._worker
        window = (min(filter(None, trace.visits.intended_ns), default=0), FOREVER)
        handlings = list(handlings_of(trace, worker))
        last = (each.slices[-1] for each in handlings if each.slices)
        self._known_ns = max((slice_.end_ns or slice_.start_ns for slice_ in last), default=0)
        self._begun = sorted(handling.begin_ns for handling in handlings)
        self._busy = Covered(slots_held(trace, worker, window))
        spans = [span for each in handlings for span in self._blocked_in(each)]
        untold = [span.start_ns for span in spans if span.state is State.BLOCKED_OR_STALLED]
        self._untold_ns = min(untold, default=FOREVER + 1)
        self._blocked = Covered((span.start_ns, span.end_ns) for span in spans)
        self._blocked_at = {
            worker.locations.get(at, ""): Covered((span.start_ns, span.end_ns) for span in spans if span.location == at)
            for at in {span.location for span in spans}
        }
        self._held = Longest(loop_held(worker, window))

    def _blocked_in(self, handling: RequestRecord) -> list[Span]:
        known = self._over.get(handling.request)
        if known is not None:
            return known
        row = handling.request - self._trace.visits.first_id
        blocked = blocked_spans(held_spans(self._trace, row, handling, self._worker.died_ns or FOREVER))
        if handling.end_ns and self._trace.visits.done_ns[row]:
            self._over[handling.request] = blocked
        return blocked

    def take_over(self, handling: RequestRecord, blocked: list[Span]) -> None:
        """When a request was blocked whose visitor was served: somebody has worked it out already."""
        if handling.end_ns:
            self._over[handling.request] = blocked
