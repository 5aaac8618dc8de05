"""How often frames are drawn: less where the terminal is slow to take them or where drawing costs much of a core.

    takes more at every tick     30 frames a second
    is full                      none; from then on 15, 8, 4, 2
    has been ready for a while   and back, a step at a time

One that is not animated has two frames a second at most, on any terminal.

Writes to the terminal only the columns that have changed.

Textual renders every widget that the changes touch, and repaints a line from the widget's left edge to the last
changed column. A playhead changes a few columns far from that edge in every line of a pane, thirty times a second:
nearly all that was rendered and written was the same.

    changed         .........................XXX.....
    Textual writes  XXXXXXXXXXXXXXXXXXXXXXXXXXXX.....
    written here    .........................XXX.....

Before that, what a widget wrote that is none of ours passes the gate: no control character reaches the terminal.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual.filter import LineFilter

from asgi_vs_wsgi.scenarios.plain_text import harmless_cells
from asgi_vs_wsgi.tui.cells import width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult
    from textual.color import Color
    from textual.geometry import Region
    from textual.strip import Strip

ANIMATED = (30, 15, 8, 4, 2)
STILL = (2,)
_STEP_DOWN_S = 0.5
"""Between two steps down: what was written before has to get through first."""
_STEP_UP_S = 5.0
"""So long it must have been ready before more is asked of it."""


class OutputRateLimiter:
    """Asked before a frame whether the terminal should have it."""

    def __init__(self, rates: tuple[int, ...] = ANIMATED) -> None:
        self.ready: Callable[[], bool] = lambda: True
        """Whether the terminal takes more now."""
        self._rates = rates
        self._place = 0
        self._stepped_s = self._drawn_s = float("-inf")

    @property
    def rate(self) -> int:
        """Frames a second at most."""
        return self._rates[self._place]

    @property
    def slow(self) -> bool:
        """Whether the terminal is what holds it back."""
        return self._place > 0

    def due(self, now_s: float) -> bool:
        """Whether to draw now."""
        if not self.ready():
            self._step(1, now_s, after_s=_STEP_DOWN_S)
            return False
        if self.slow:
            self._step(-1, now_s, after_s=_STEP_UP_S)
        if self.rate < ANIMATED[0] and now_s - self._drawn_s < 1 / self.rate:
            return False
        self._drawn_s = now_s
        return True

    def _step(self, steps: int, now_s: float, *, after_s: float) -> None:
        if now_s - self._stepped_s >= after_s:
            self._place = max(0, min(len(self._rates) - 1, self._place + steps))
            self._stepped_s = now_s


RATES = (30, 24, 20, 15, 10)
MOST = 0.22
"""Of a core; what is over goes into fewer frames."""
_LOOK_EVERY_S = 0.5


class FrameBudget:
    """Asked once a tick of RATES[0] a second whether this one is to be drawn."""

    def __init__(self, cpu_clock: Callable[[], float] = time.thread_time) -> None:
        self._cpu_clock = cpu_clock
        self._place = 0
        self._credit = 0.0
        self._looked_s = 0.0
        self._cpu_s = cpu_clock()

    @property
    def rate(self) -> int:
        """Frames a second at the moment."""
        return RATES[self._place]

    def due(self, now_s: float) -> bool:
        """Whether to draw now."""
        if now_s - self._looked_s >= _LOOK_EVERY_S:
            self._look(now_s)
        self._credit = min(1.0, self._credit) + self.rate / RATES[0]
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True

    def _look(self, now_s: float) -> None:
        """How much of a core was used since the last look, and would be at the next higher rate."""
        cpu_s = self._cpu_clock()
        share = (cpu_s - self._cpu_s) / (now_s - self._looked_s)
        self._looked_s, self._cpu_s = now_s, cpu_s
        if share > MOST:
            self._place = min(len(RATES) - 1, self._place + 1)
        elif self._place and share * RATES[self._place - 1] / self.rate < MOST * 0.9:
            self._place -= 1


class Part(NamedTuple):
    """Strips that stand one below the other, in coordinates of the screen."""

    x: int
    y: int
    strips: Sequence[Strip]


class NarrowUpdate(CompositorUpdate):
    """What has changed, and nothing beside it."""

    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As segments, for Textual's own tools."""
        for x, top, strips in self._parts:
            for y, strip in enumerate(strips, top):
                yield Control.move_to(x, y).segment
                yield from strip

    def render_segments(self, console: Console) -> str:
        """What goes to the terminal."""
        return "".join(
            f"\x1b[{y + 1};{x + 1}H{strip.render(console)}"
            for x, top, strips in self._parts
            for y, strip in enumerate(strips, top)
        )


class NarrowCompositor(Compositor):
    """Makes narrow updates where each change lies within one widget; Textual's own where they overlap."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What has changed."""
        parts: list[Part] = []
        for region in self._dirty_regions:
            if visible := region.intersection(self.size.region):
                part = self._part(visible)
                if part is None:
                    return super().render_partial_update()
                parts.append(part)
        self._dirty_regions.clear()
        return NarrowUpdate(parts) if parts else None  # type: ignore[return-value]  # any update will do

    def _part(self, region: Region) -> Part | None:
        """The strips of the widget in front, None where another one shows beside it."""
        for widget, (place, clip) in self.visible_widgets.items():  # those in front come first
            seen = place.intersection(clip)
            if seen.overlaps(region):
                if not seen.contains_region(region):
                    return None
                return Part(region.x, region.y, widget.render_lines(region.translate(-place.offset)))
        return None


class HarmlessCells(LineFilter):
    """Text that came here by another way than the gate is laid out already: its cells stay as many as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, unless one holds what a terminal would obey."""
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(harmless_cells(segment.text, width), segment.style)
            for segment in segments
        ]


HARMLESS_CELLS = HarmlessCells()
