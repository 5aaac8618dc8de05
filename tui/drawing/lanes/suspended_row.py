"""How many the event loops have suspended: `set aside` where their loop is free for them, `held up` where it is not.

set aside  ▇▇▇▇▇▇▇▇▇▇▇▇ 32        each goes on when what it awaits has come
held up    ▆▆▆▆▆▆▆▆▆▅▅▅ 9         whatever it awaits: visitor 4 holds the loop
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import code
from asgi_vs_wsgi.tui.drawing.lanes.count_row import CountRow, Role
from asgi_vs_wsgi.tui.drawing.lanes.interval_counter import Interval, IntervalCounter
from asgi_vs_wsgi.tui.drawing.lanes.request_spans import FOREVER, RequestSpans


def suspensions(stay: RequestSpans) -> list[Interval]:
    """The gaps between its slices, from the application's entry to its end, or for ever while it lasts.

    A visitor who has the answer, or has left, is not waiting any more, whatever the worker still has to do.
    """
    handling = stay.handling
    gaps: list[Interval] = []
    reached_ns = handling.begin_ns
    for slice_ in sorted(handling.slices, key=attrgetter("start_ns")):
        if slice_.start_ns > reached_ns:
            gaps.append((reached_ns, slice_.start_ns))
        reached_ns = max(reached_ns, slice_.end_ns or FOREVER)
    gaps.append((reached_ns, FOREVER))
    end_ns = min(handling.end_ns or handling.worker.died_ns or FOREVER, stay.done_ns or FOREVER)
    while gaps and gaps[-1][0] >= end_ns:
        gaps.pop()
    if gaps and gaps[-1][1] > end_ns:  # they are in order: only the last one can go on
        gaps[-1] = (gaps[-1][0], end_ns)
    return gaps


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
