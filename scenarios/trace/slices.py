"""A slice: one uninterrupted stay of a request on a thread, and how it divides into running, blocked, stalled.

A slice of an event loop is one step of a coroutine; a slice of a thread is a call of synchronous code (a WSGI
request is one such call). Samples taken meanwhile say what the thread did:

    start        sample         sample        end
      |--running--|--blocked-----|--blocked----|        CPU clock between two looks = the running part,
                                                        what the look saw = the rest of the part
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.probe.protocol.records import CPU_UNKNOWN, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

Piece = tuple[State, int, int, int]
"""(state, from, to, location): the location is that of the sample that judged the piece, -1 where none did."""

SEEN_STATE = {
    Seen.RUNNING: State.RUNNING,
    Seen.BLOCKED: State.BLOCKED,
    Seen.STALLED: State.STALLED,
    Seen.UNKNOWN: State.BLOCKED_OR_STALLED,
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
    if cpu_from == CPU_UNKNOWN or cpu_to == CPU_UNKNOWN:
        yield rest, from_ns, to_ns, sample.location
        return
    turn_ns = min(to_ns, from_ns + max(0, cpu_to - cpu_from))
    if turn_ns > from_ns:
        yield State.RUNNING, from_ns, turn_ns, sample.location
    if to_ns > turn_ns:
        # Wanting the CPU without being on it: preempted by another process, or by a neighbour's GIL turn.
        yield State.STALLED if rest is State.RUNNING else rest, turn_ns, to_ns, sample.location
