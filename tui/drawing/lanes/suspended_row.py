"""How many the event loops have suspended: `set aside` where their loop is free for them, `held up` where it is not.

set aside  ▇▇▇▇▇▇▇▇▇▇▇▇ 32        each goes on when what it awaits has come
held up    ▆▆▆▆▆▆▆▆▆▅▅▅ 9         whatever it awaits: visitor 4 holds the loop
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import code
from asgi_vs_wsgi.tui.drawing.lanes.count_row import CountRow, Role

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.analysis.progressive.interval_counter import IntervalCounter

HeldUp = Callable[[int], tuple[int, list[int]]]
"""At a moment: how many cannot go on, and who holds their loops."""
MOST = 0.5


class SuspendedRow(CountRow):
    """Named after what most of those in it wait for."""

    def __init__(self, crowd: IntervalCounter, role: Role, held_up: HeldUp) -> None:
        super().__init__("set aside", crowd, role)
        self._held_up = held_up

    def label(self, playhead_ns: int) -> str:
        """Of those at the playhead; where nobody is left, of all who are drawn."""
        if self.figure:
            held = 2 * self._held_up(playhead_ns)[0] > self.figure
        else:
            held = self.share_of(code(State.STALLED)) > MOST
        return "held up" if held else self.name
