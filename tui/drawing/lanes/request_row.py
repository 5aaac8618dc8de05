"""A row of whole requests, one after another: a thread of a WSGI worker, or a line below an event loop.

thread 2   ▓▓▓2▓▓▓▒▒▒4▒▒▒

A row of the steps of one event loop, and who holds it: whoever is suspended there waits for that one only.

worker 1   █▐█▌ ▐ ▌█▐█
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.scenarios.wording import NS_PER_MS
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.tui.drawing.glyphs import ANSWERED, GONE, LOOPS_OWN, PIECE, code, put_ticks, ticks_of
from asgi_vs_wsgi.tui.drawing.lanes.bars import NO_WINDOW, BarRow, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.request_spans import RequestSpans
    from asgi_vs_wsgi.scenarios.trace.slices import Occupancy, Slice
    from asgi_vs_wsgi.tui.drawing.lanes.bars import Selection
    from asgi_vs_wsgi.tui.drawing.time_axis import Window


_OTHER_SHADE = bytes.maketrans(
    bytes((code(State.AWAITING), code(State.STALLED))), bytes((code(State.AWAITING, 1), code(State.STALLED, 1)))
)


class LoopBusyCells:
    """The loop's answer over a window, worked out as far as it is asked for and kept."""

    def __init__(self, loop: Occupancy) -> None:
        self.loop = loop
        self._window = NO_WINDOW
        self._known = bytearray()

    def subs(self, window: Window, shade: int, low: int, high: int) -> bytes:
        """The bytes of the sub-cells [low, high)."""
        if window != self._window:
            self._window, self._known = window, bytearray()
        for sub in range(len(self._known), high):
            self._known.append(self._answer(sub))
        part = bytes(self._known[low:high])
        return part.translate(_OTHER_SHADE) if shade else part

    def _answer(self, sub: int) -> int:
        from_ns, to_ns = self._window.at(sub), self._window.at(sub + 1)
        stalled = 2 * self.loop.held_ns(from_ns, to_ns) > to_ns - from_ns
        return code(State.STALLED if stalled else State.AWAITING)

    def forget(self, since_ns: int) -> None:
        """The loop's record from there on has changed."""
        if self._known:
            del self._known[self._window.sub(since_ns) :]


LONG_NS = 20 * NS_PER_MS
"""A step that holds a loop for so long is seen; shorter ones come and go with every frame."""
_start = attrgetter("start_ns")


class LoopRow(BarRow):
    """An event loop with the steps of all its requests, one after another, and its own work among them."""

    def __init__(self, name: str, first_id: int, chosen: Selection) -> None:
        super().__init__(chosen)
        self.name = name
        self.slices: list[Slice] = []
        self._first_id = first_id

    def extend(self, fresh: list[Slice]) -> None:
        """New steps, in any order; they come after those that are known, or nearly so."""
        if not fresh:
            return
        fresh.sort(key=_start)
        first = bisect_left(self.starts_ns, fresh[0].start_ns)
        self.slices[first:] = sorted(self.slices[first:] + fresh, key=_start)
        self.starts_ns[first:] = [each.start_ns for each in self.slices[first:]]
        self.touch(fresh[0].start_ns)

    def end_ns(self, index: int) -> int:
        """When the step ends."""
        return self.slices[index].end_ns or FOREVER

    def number(self, index: int) -> int:
        """The visitor's whose step it is, 0 where it is the loop's own work."""
        request = self.slices[index].request
        return 0 if request == OWN_WORK else request - self._first_id + 1

    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """What the step's thread did."""
        for state, start_ns, end_ns, _location in self.slices[index].pieces(FOREVER):
            if end_ns > from_ns and start_ns < to_ns:
                yield state, start_ns, end_ns

    def _put(self, state: State, index: int, low: int, high: int) -> None:
        """Own work has a sign of its own, whatever it does: it is no state of a visit."""
        if self.number(index):
            super()._put(state, index, low, high)
        else:
            self._subs[low:high] = bytes((LOOPS_OWN,)) * (high - low)

    def _write_number(self, index: int, last: int) -> None:
        if self.number(index):
            super()._write_number(index, last)

    def label(self, playhead_ns: int) -> str:
        """The worker's."""
        return self.named(self.name, playhead_ns)


class RequestRow(BarRow):
    """A thread of a WSGI worker with its requests one after another, or a line for requests of a loop.

    `held` knows when the loop of the row was held; None where there is no loop.
    """

    def __init__(self, name: str, held: LoopBusyCells | None, chosen: Selection) -> None:
        super().__init__(chosen)
        self.name = name
        self.held = held
        self.stays: list[RequestSpans] = []
        self.news = 0
        """Another number whenever something was said of anybody here."""
        self._ticked = False
        """Whether any piece of an answer was drawn on this scale."""

    @property
    def drawn(self) -> frozenset[int]:
        """Pieces of answers too."""
        return super().drawn | {PIECE} if self._ticked else super().drawn

    def _begin(self, window: Window) -> None:
        super()._begin(window)
        self._ticked = False

    def begin_request(self, stay: RequestSpans) -> None:
        """A request begins; whoever was here before has ended."""
        self.starts_ns.append(stay.handling.begin_ns)
        self.stays.append(stay)
        self.news += 1
        self.touch(stay.handling.begin_ns)

    def news_of(self, stay: RequestSpans) -> None:
        """A worker or a client said more of it."""
        stay.forget()
        self.news += 1
        self.touch(stay.handling.begin_ns)

    def end_ns(self, index: int) -> int:
        """When the request ends; a tail of sending is cut where the next one begins."""
        end_ns = self.stays[index].end_ns
        return min(end_ns, self.starts_ns[index + 1]) if index + 1 < len(self.stays) else end_ns

    def left_ns(self, index: int) -> int:
        """A thread's row goes on with the thread: it serves nobody else meanwhile. A visitor's own line does not."""
        stay, end_ns = self.stays[index], self.end_ns(index)
        return min(stay.done_ns or end_ns, end_ns) if stay.tail else end_ns

    def number(self, index: int) -> int:
        """The visitor's."""
        return self.stays[index].number

    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """The request's spans, as long as its visitor is there."""
        spans, left_ns = self.stays[index].spans, self.left_ns(index)
        for at in range(max(0, bisect_right(spans, from_ns, key=_start) - 1), len(spans)):
            span = spans[at]
            if span.start_ns >= min(to_ns, left_ns):
                return
            yield span.state, span.start_ns, min(span.end_ns, left_ns)

    def _paint(self, index: int, first: int, last: int) -> None:
        """What the worker still has of it when its visitor is gone is no state of a visit."""
        super()._paint(index, first, last)
        low = max(first, self.window.sub(self.left_ns(index)))
        if low < last and self._subs[low]:
            low += 1
        if low < last:
            role = ANSWERED if self.stays[index].answered else GONE
            self._subs[low:last] = bytes((role,)) * (last - low)

    def _put_ticks(self, index: int, low: int, high: int) -> None:
        """The pieces of its answer."""
        if times_ns := self.stays[index].pieces_ns:
            signs = ticks_of(times_ns, self.window)
            self._ticked |= put_ticks(self.cells, self._subs, signs, low, high)

    def label(self, playhead_ns: int) -> str:
        """The row's own name, or the number of its first visitor, with dots once others have followed."""
        if self.name:
            return self.named(self.name, playhead_ns)
        index = self.before(playhead_ns)
        return f"{self.stays[0].number:>8}{' …' if index else ''}" if index >= 0 else ""

    def _fill(self, state: State, shade: int, low: int, high: int) -> None:
        """What a suspension means depends on the loop: free, or held by another."""
        if state is State.AWAITING and self.held is not None:
            self._subs[low:high] = self.held.subs(self.window, shade, low, high)
        else:
            super()._fill(state, shade, low, high)
