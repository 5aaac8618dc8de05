"""How long one worker was busy and blocked, and how long its loop was held, until any moment of a run.

What a worker went through, as intervals: what held its slots and its loop, and what blocked it; and its peaks.

Beside what requests are served by there is work without a visitor: a loop's own, and what a request has started that
goes on after its end. It holds the worker all the same, and its lines are named.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.blamed_lines import HELD, Line, blocking_lines, is_beside_loop, told_whose
from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, Interval, Longest, Summed, clipped, handlings_of
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results import WorkerSeen
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, NS_PER_S
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, Span, State, held_inside, life
from asgi_vs_wsgi.scenarios.trace.worker_trace import DIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
    from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital


def handled(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> list[Interval]:
    """From the application's entry to its end, or its process's, for each request of the worker, within the run."""
    last_ns = worker.died_ns or window[1]
    return clipped(((h.begin_ns, h.end_ns or last_ns) for h in handlings_of(trace, worker)), window)


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
    """A request holds its process or thread throughout; where only its loop (or hub) limits it, while it is there or in
    a thread.

    A worker that serves one at a time is held from its accept on: it reads what its client sends, and takes no other.
    """
    if trace.facts.interface == "wsgi" and trace.facts.slot != "none":
        reading = [(each.accepted_ns, each.begin_ns) for each in handlings_of(trace, worker) if each.accepted_ns]
        held = handled(trace, worker, window)
        return held + clipped(reading, window) if trace.facts.slot == "worker" else held
    handlings = [*handlings_of(trace, worker), worker.own_work]
    slices = [slice_ for handling in handlings for slice_ in handling.slices]
    last_ns = worker.died_ns or window[1]
    return clipped(((slice_.start_ns, slice_.end_ns or last_ns) for slice_ in slices), window)


def loop_held(worker: WorkerTrace, window: Interval) -> Iterator[Interval]:
    """When an event loop served nobody else: every step, and every heartbeat that came late; not while the lab held its
    worker still."""
    beats = clipped(((at_ns - late_ns, at_ns) for at_ns, late_ns in worker.late_beats), window)
    for since_ns, to_ns in (*loop_steps(worker, window), *beats):
        if not any(since_ns < on_ns and from_ns < to_ns for from_ns, on_ns in worker.pauses):
            yield since_ns, to_ns


def loop_steps(worker: WorkerTrace, window: Interval) -> Iterator[Interval]:
    """Of requests, and of the loop's own."""
    for loop in worker.loops.values():
        yield from clipped(zip(loop.starts_ns, loop.ends_ns, strict=True), window)
        if loop.open_since_ns:
            yield from clipped([(loop.open_since_ns, worker.died_ns or window[1])], window)


def work_after_end(trace: TargetTrace, handling: RequestRecord) -> list[Span]:
    """What tasks, callbacks and threads of a request did when its visitor had gone, or its application had ended.

    Nothing where that was no more than tidying up.
    """
    done_ns = trace.visits.done_ns[handling.request - trace.visits.first_id]
    from_ns = min(filter(None, (handling.end_ns, done_ns)), default=FOREVER)
    if all(0 < each.end_ns <= from_ns for each in handling.slices[-_LATEST:]):
        return []
    spans = held_inside(handling, from_ns, FOREVER)
    return spans if sum(span.end_ns - span.start_ns for span in spans) >= TIDYING_NS else []


TIDYING_NS = NS_PER_MS
_LATEST = 4
"""Slices stand in the order in which they were told of: what went on after an end is among the latest."""


def late_beats_ns(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> tuple[int, int]:
    """How late the loops' heartbeats came, together, and of that what no slice tells of.

    The slices of a loop hold it; a thread that computes takes the GIL from it.
    """
    late = clipped(((at_ns - late_ns, at_ns) for at_ns, late_ns in worker.late_beats), window)
    computing = (
        (start_ns, end_ns)
        for handling in ((*handlings_of(trace, worker), worker.own_threads) if late else ())
        for slice_ in handling.slices
        if not slice_.on_loop
        for state, start_ns, end_ns, _ in slice_.pieces(window[1])
        if state not in (State.BLOCKED, State.SENDING)
    )
    told = Covered([*loop_steps(worker, window), *computing, *worker.pauses] if late else ())
    untold_ns = (to_ns - from_ns - told.until_ns(to_ns) + told.until_ns(from_ns) for from_ns, to_ns in late)
    return sum(to_ns - from_ns for from_ns, to_ns in late), sum(untold_ns)


def vital_peak(worker: WorkerTrace, vital: Vital, window: Interval) -> int | None:
    """The largest reading of the run, the one that the lab takes right after it included."""
    return max((value for at_ns, value in worker.vitals[vital] if at_ns >= window[0]), default=None)


def vital_before(worker: WorkerTrace, vital: Vital, window: Interval) -> int | None:
    """The latest reading before the first visitor came: what the warm-up, or another round, has left."""
    return next((value for at_ns, value in reversed(worker.vitals[vital]) if at_ns < window[0]), None)


def workers_lost(trace: TargetTrace, until_ns: int = FOREVER) -> int:
    """How many had died by then; who ends because it was told to does not die."""
    return sum(0 < worker.lost_ns <= until_ns for worker in trace.workers.values())


def workers_ended(trace: TargetTrace, until_ns: int = FOREVER) -> int:
    """How many had ended by then because they were told to."""
    return sum(0 < worker.died_ns <= until_ns and not worker.lost_ns for worker in trace.workers.values())


def replaced_ns(trace: TargetTrace, worker: WorkerTrace) -> int:
    """When another worker was ready in place of one that ended or was told to, 0 where none was.

    Servers do not say who replaces whom: the first that came after the first visitor stands for the first that went.
    """
    start_ns = min(filter(None, trace.visits.intended_ns), default=FOREVER)
    fates = [(each, each.fate) for each in trace.workers.values()]
    went = sorted((fate.told_ns or each.died_ns, each.index) for each, fate in fates if each.died_ns)
    came = sorted(fate.hello_ns for _, fate in fates if fate.hello_ns > start_ns)
    place = next((at for at, (_, index) in enumerate(went) if index == worker.index), len(came))
    return came[place] if place < len(came) else 0


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
        self._own_work = Covered(())
        self._own_lines: dict[Line, Summed] = {}
        self._lines_after: dict[Line, Summed] = {}
        """Of work after the end of its request."""
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
        until_ns = FOREVER if over else at_ns
        ended = 0 < self._worker.died_ns <= until_ns
        replaced = replaced_ns(self._trace, self._worker) if self._worker.died_ns else 0
        return WorkerSeen(
            self._worker.pid,
            len(self._begun) if over else so_far.requests,
            so_far.busy_ns / elapsed_ns,
            None if so_far.blocked_ns is None else so_far.blocked_ns / elapsed_ns,
            None if so_far.longest_ns is None else so_far.longest_ns / NS_PER_MS,
            None,
            None,
            None,
            None if so_far.longest_ns is None else self._own_work.until_ns(at_ns) / NS_PER_MS,
            told_whose(blocking_lines(_told(self._own_lines, at_ns)), self._trace),
            ended=(self._worker.fate.ended or DIED) if ended else None,
            told_s=self._seconds(self._worker.fate.told_ns, until_ns),
            gone_s=self._seconds(self._worker.died_ns, until_ns),
            replaced_s=self._seconds(replaced, until_ns),
        )

    def lines_of_nobody(self, at_ns: int, *, over: bool) -> Counter[Line]:
        """The lines of work without a visitor, by then; `over`: also of what the run's requests did after its end."""
        self.until(at_ns)
        lines = _told(self._own_lines, at_ns)
        lines.update(_told(self._lines_after, FOREVER if over else at_ns))
        return lines

    def own_work(self, at_ns: int) -> tuple[int, str]:
        """For how long its loops were held by their own work by then, and the line at which most of that was."""
        self.until(at_ns)
        lines = blocking_lines(_told(self._own_lines, at_ns))
        return self._own_work.until_ns(at_ns), lines[0].where if lines else ""

    def _seconds(self, at_ns: int, until_ns: int) -> float | None:
        """Since the first visitor; None for what has not been by then."""
        start_ns = min(filter(None, self._trace.visits.intended_ns), default=0)
        return max(0, at_ns - start_ns) / NS_PER_S if 0 < at_ns <= until_ns else None

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
        last = (each.slices[-1] for each in (*handlings, worker.own_work) if each.slices)
        self._known_ns = max((slice_.end_ns or slice_.start_ns for slice_ in last), default=0)
        self._begun = sorted(handling.begin_ns for handling in handlings)
        self._busy = Covered(slots_held(trace, worker, window))
        own = self._ended(held_inside(worker.own_work, window[0], FOREVER))
        after = self._ended(span for each in handlings for span in work_after_end(trace, each))
        self._own_work = Covered((span.start_ns, span.end_ns) for span in own)
        self._own_lines, self._lines_after = self._lines(own), self._lines(after)
        spans = [span for each in handlings for span in self._blocked_in(each)] + blocked_spans([*own, *after])
        untold = [span.start_ns for span in spans if span.state is State.BLOCKED_OR_STALLED]
        self._untold_ns = min(untold, default=FOREVER + 1)
        self._blocked = Covered((span.start_ns, span.end_ns) for span in spans)
        at_line: dict[str, list[Interval]] = {}
        for span in spans:
            at_line.setdefault(worker.line_at(span.location), []).append((span.start_ns, span.end_ns))
        self._blocked_at = {where: Covered(intervals) for where, intervals in at_line.items()}
        self._held = Longest(loop_held(worker, window))

    def _ended(self, spans: Iterable[Span]) -> list[Span]:
        """What lasts has lasted until its worker told of itself last."""
        told_ns = self._worker.died_ns or self._worker.told_ns
        return [span if span.end_ns < FOREVER else span._replace(end_ns=max(span.start_ns, told_ns)) for span in spans]

    def _lines(self, spans: Iterable[Span]) -> dict[Line, Summed]:
        lines: dict[Line, list[Interval]] = {}
        for span in spans:
            if span.state in HELD and span.location >= 0 and (where := self._worker.line_at(span.location)):
                beside = is_beside_loop(self._worker.own_work, span.lane)
                line = (where, span.state, self._worker.library_at(span.location), beside)
                lines.setdefault(line, []).append((span.start_ns, span.end_ns))
        return {line: Summed(intervals) for line, intervals in lines.items()}

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


def _told(lines: Mapping[Line, Summed], at_ns: int) -> Counter[Line]:
    """Those at which anything was by then."""
    return Counter({line: time_ns for line, summed in lines.items() if (time_ns := summed.until_ns(at_ns))})
