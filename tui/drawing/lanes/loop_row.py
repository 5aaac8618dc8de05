"""A row of the steps of one event loop, and who holds it: whoever is suspended there waits for that one only.

worker 1   █▐█▌ ▐ ▌█▐█
"""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.state_spans import FOREVER
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import code
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow, Piece
from asgi_vs_wsgi.tui.drawing.lanes.row import NO_WINDOW
from asgi_vs_wsgi.tui.text.numbers import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.loop_occupancy import Occupancy
    from asgi_vs_wsgi.scenarios.trace.slices import Slice
    from asgi_vs_wsgi.tui.drawing.lanes.selection import Selection
    from asgi_vs_wsgi.tui.drawing.window import Window

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
    """An event loop with the steps of all its requests, one after another."""

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
        """The visitor's whose step it is."""
        return self.slices[index].request - self._first_id + 1

    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """What the step's thread did."""
        for state, start_ns, end_ns, _location in self.slices[index].pieces(FOREVER):
            if end_ns > from_ns and start_ns < to_ns:
                yield state, start_ns, end_ns

    def label(self, playhead_ns: int) -> str:
        """The worker's."""
        return self.name
