"""What being suspended on an event loop meant, sub-cell by sub-cell: awaiting, or stalled while it was held.

A request that is suspended runs no step of its own, so every step on its loop meanwhile is another's; one answer
serves all requests of the loop, and their bars are cut out of it.
"""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.trace.loop_occupancy import Occupancy
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import code
from asgi_vs_wsgi.tui.drawing.lanes.row import NO_WINDOW
from asgi_vs_wsgi.tui.drawing.window import Window

_OTHER_SHADE = bytes.maketrans(
    bytes((code(State.AWAITING), code(State.STALLED))), bytes((code(State.AWAITING, 1), code(State.STALLED, 1)))
)


class Held:
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
