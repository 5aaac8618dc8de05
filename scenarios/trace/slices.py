"""A slice: one uninterrupted stay of a request on a thread, and how it divides into running, blocked, stalled.

A slice of an event loop is one step of a coroutine; a slice of a thread is a call of synchronous code (a WSGI
request is one such call). Samples taken meanwhile say what the thread did:

    start        sample         sample        end
      |--running--|--blocked-----|--blocked----|        CPU clock between two looks = the running part,
                                                        what the look saw = the rest of the part

When an event loop was held by the steps of requests, and for how long within any interval. One request in its worker.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.probe.protocol.records import CPU_UNKNOWN, Awaited, Ending, Handed, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


Piece = tuple[State, int, int, int]
"""(state, from, to, location): the location is that of the sample that judged the piece, -1 where none did."""

SEEN_STATE = {
    Seen.RUNNING: State.RUNNING,
    Seen.BLOCKED: State.BLOCKED,
    Seen.STALLED: State.STALLED,
    Seen.UNKNOWN: State.BLOCKED_OR_STALLED,
    Seen.SERVING: State.SENDING,
}


class Sample(Struct, frozen=True, gc=False):
    """One look at a thread: when, what it was doing, its CPU clock, and which source location (a number)."""

    at_ns: int
    seen: Seen
    cpu_ns: int
    location: int


class Slice(Struct, gc=False):
    """A stay of one request on one lane; `end_ns` is 0 while it lasts, CPU clocks are 0 where not read.

    A long run has hundreds of thousands: a Struct is made in a third of the time of a dataclass.
    """

    request: int
    lane: int
    on_loop: bool
    start_ns: int
    end_ns: int = 0
    cpu_start_ns: int = CPU_UNKNOWN
    cpu_end_ns: int = CPU_UNKNOWN
    samples: list[Sample] = []

    def pieces(self, until_ns: int) -> list[Piece]:
        """In order, without gap, up to the slice's end or to `until_ns`; what happens later changes no piece before.

        Until something more is known, a slice that lasts is taken to go on as it was last seen.
        """
        whole = self._looked_at(until_ns) if self.samples else self._unsampled(until_ns)
        if 0 < self.end_ns <= until_ns:
            return whole
        return [(state, start, min(end, until_ns), at) for state, start, end, at in whole if start < until_ns]

    def hold_still(self, pauses: Sequence[tuple[int, int]]) -> None:
        """In these times its worker was stopped: a step has no CPU clock of its own to tell that it did not run."""
        during = [(from_ns, to_ns) for from_ns, to_ns in pauses if self.start_ns < from_ns < (self.end_ns or to_ns)]
        if self.samples or not during:
            return
        for from_ns, to_ns in during:
            self.samples.append(Sample(from_ns, Seen.RUNNING, CPU_UNKNOWN, -1))
            self.samples.append(Sample(to_ns, Seen.STALLED, CPU_UNKNOWN, -1))
        if self.end_ns:
            self.samples.append(Sample(self.end_ns, Seen.RUNNING, CPU_UNKNOWN, -1))

    def _unsampled(self, until_ns: int) -> list[Piece]:
        """Too short to be looked at: the CPU clock splits it; a loop's step without one counts as running."""
        start_ns, end_ns = self.start_ns, self.end_ns or until_ns
        turn_ns = end_ns
        if not self.on_loop and self.cpu_end_ns != CPU_UNKNOWN:
            turn_ns = min(end_ns, start_ns + max(0, self.cpu_end_ns - self.cpu_start_ns))
        pieces = [(State.RUNNING, start_ns, turn_ns, -1)] if turn_ns > start_ns else []
        if end_ns > turn_ns:
            pieces.append((State.BLOCKED, turn_ns, end_ns, -1))
        return pieces

    def _looked_at(self, until_ns: int) -> list[Piece]:
        pieces: list[Piece] = []
        end_ns = self.end_ns or max(until_ns, self.samples[-1].at_ns)
        before_ns, before_cpu = self.start_ns, self.cpu_start_ns
        for sample in self.samples:
            at_ns = min(sample.at_ns, end_ns)  # the sampler may have looked while the end was being written
            pieces += _split(before_ns, at_ns, before_cpu, sample.cpu_ns, sample)
            before_ns, before_cpu = at_ns, sample.cpu_ns
        cpu_end = self.cpu_end_ns if self.end_ns else CPU_UNKNOWN
        pieces += _split(before_ns, end_ns, before_cpu, cpu_end, self.samples[-1])
        return pieces


def _split(from_ns: int, to_ns: int, cpu_from: int, cpu_to: int, sample: Sample) -> Iterator[Piece]:
    """The part between two looks: first what the CPU clock counted, then what the look saw."""
    if to_ns <= from_ns:
        return
    rest = SEEN_STATE[sample.seen]
    if rest is State.SENDING:  # no line is to blame for what the server does, on the CPU or off it
        yield rest, from_ns, to_ns, -1
        return
    if cpu_from == CPU_UNKNOWN or cpu_to == CPU_UNKNOWN:
        yield rest, from_ns, to_ns, sample.location
        return
    turn_ns = min(to_ns, from_ns + max(0, cpu_to - cpu_from))
    if turn_ns > from_ns:
        yield State.RUNNING, from_ns, turn_ns, sample.location
    if to_ns > turn_ns:
        # Wanting the CPU without being on it: preempted by another process, or by a neighbour's GIL turn.
        yield State.STALLED if rest is State.RUNNING else rest, turn_ns, to_ns, sample.location


class Occupancy:
    """The steps of one event loop, in order and disjoint, with running sums so that a question costs O(log n)."""

    def __init__(self) -> None:
        self.starts_ns: list[int] = []
        self.ends_ns: list[int] = []
        self.requests: list[int] = []
        self._sums_ns: list[int] = [0]
        """Of the steps so far; brought up to date when somebody asks."""
        self.open_since_ns = 0
        """When the step that still lasts began, 0 when the loop is free."""
        self.open_request = 0

    def open(self, request: int, start_ns: int) -> None:
        """A step of `request` starts."""
        self.open_request, self.open_since_ns = request, start_ns

    def close(self, end_ns: int) -> None:
        """The step that was open ended."""
        if self.open_since_ns:
            self.add_step(self.open_request, self.open_since_ns, end_ns)
            self.open_since_ns = 0

    def add_step(self, request: int, start_ns: int, end_ns: int) -> None:
        """A step of `request` that is over."""
        self.starts_ns.append(start_ns)
        self.ends_ns.append(end_ns)
        self.requests.append(request)

    def add_if_new(self, request: int, start_ns: int, end_ns: int) -> bool:
        """A whole step, unless it or another is open, or it is known already; returns whether it was taken."""
        starts_ns = self.starts_ns
        if self.open_since_ns or (starts_ns and starts_ns[-1] >= start_ns):
            return self._add_between(request, start_ns, end_ns)
        starts_ns.append(start_ns)
        self.ends_ns.append(end_ns)
        self.requests.append(request)
        return True

    def _add_between(self, request: int, start_ns: int, end_ns: int) -> bool:
        """One that is told of late, where nothing else that is known was going on."""
        place = bisect_right(self.starts_ns, start_ns)
        before_ns = self.ends_ns[place - 1] if place else 0
        after_ns = self.starts_ns[place] if place < len(self.starts_ns) else self.open_since_ns or end_ns
        if not before_ns <= start_ns < end_ns <= after_ns:
            return False
        self.starts_ns.insert(place, start_ns)
        self.ends_ns.insert(place, end_ns)
        self.requests.insert(place, request)
        del self._sums_ns[place + 1 :]
        return True

    def is_over(self, start_ns: int) -> bool:
        """Whether the step that began then is known to have ended: steps end in the order in which they begin."""
        return bool(self.starts_ns) and self.starts_ns[-1] >= start_ns

    def held_ns(self, from_ns: int, to_ns: int) -> int:
        """How much of [from_ns, to_ns] the loop was held by any request's step, the open one included."""
        if to_ns <= from_ns:
            return 0
        held = self._held_before(to_ns) - self._held_before(from_ns)
        if self.open_since_ns and self.open_since_ns < to_ns:
            held += to_ns - max(from_ns, self.open_since_ns)
        return held

    def holder(self, at_ns: int, least_ns: int = 0) -> int:
        """The request whose step, of at least so long, the loop is in; 0 for none."""
        if self.open_since_ns and self.open_since_ns <= at_ns:
            return self.open_request if at_ns - self.open_since_ns >= least_ns else 0
        index = bisect_right(self.starts_ns, at_ns) - 1
        if index < 0 or self.ends_ns[index] <= at_ns:
            return 0
        return self.requests[index] if self.ends_ns[index] - self.starts_ns[index] >= least_ns else 0

    def _held_before(self, at_ns: int) -> int:
        index = bisect_right(self.starts_ns, at_ns)
        if not index:
            return 0
        if index >= len(self._sums_ns):
            self._sum_up()
        return self._sums_ns[index] - max(0, self.ends_ns[index - 1] - at_ns)

    def _sum_up(self) -> None:
        known = len(self._sums_ns) - 1
        lengths_ns = map(sub, self.ends_ns[known:], self.starts_ns[known:])
        self._sums_ns[known:] = accumulate(lengths_ns, initial=self._sums_ns[known])

    def steps_between(self, from_ns: int, to_ns: int) -> range:
        """The indexes of the closed steps that touch [from_ns, to_ns]."""
        first = bisect_right(self.ends_ns, from_ns)
        return range(first, max(first, bisect_right(self.starts_ns, to_ns)))


class AwaitLook(NamedTuple):
    """A look at what a suspended request waited for, and which source location (a number) it was at."""

    at_ns: int
    awaited: Awaited
    location: int


@dataclass(slots=True)
class RequestRecord:
    """One request inside a worker, from the application's entry to its end (0: not yet)."""

    request: int
    worker: WorkerTrace
    begin_ns: int
    lane: int
    response_start_ns: int = 0
    answered_ns: int = 0
    """When its application had handed over all of the answer to a server that writes it in a greenlet; 0: not known."""
    end_ns: int = 0
    ending: Ending = Ending.RETURNED
    hops: int = 0
    accepted_ns: int = 0
    failure: int = 0
    """The number of the exception that ended it, 0 for none."""
    slices: list[Slice] = field(default_factory=list)
    """In the order in which they were told of, which is nearly that of their beginnings."""
    waits: list[tuple[int, int, int]] = field(default_factory=list)
    """(lane, from, to): when a thread of it waited for what it had sent to a loop itself; `to` is 0 while it does."""
    await_looks: list[AwaitLook] = field(default_factory=list)
    """In order."""
    handed_ns: list[int] = field(default_factory=list)
    """Of an answer in parts, in turn: when such a server was handed one, and when it asked for the next."""

    def hand_over(self, at_ns: int, handed: int) -> None:
        """What its application tells of its answer, where that is known: a Handed."""
        if handed == Handed.WHOLE:
            self.answered_ns = at_ns
        elif len(self.handed_ns) % 2 == (handed == Handed.ASKED):
            self.handed_ns.append(at_ns)

    def is_written(self, at_ns: int) -> bool:
        """Whether a part of its answer was then with a server that writes it in the request's greenlet."""
        return bisect_right(self.handed_ns, at_ns) % 2 == 1
