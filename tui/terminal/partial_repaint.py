"""Writes to the terminal only the columns that have changed.

Textual renders every widget that the changes touch, and repaints a line from the widget's left edge to the last
changed column. A playhead changes a few columns far from that edge in every line of a pane, thirty times a second:
nearly all that was rendered and written was the same.

    changed         .........................XXX.....
    Textual writes  XXXXXXXXXXXXXXXXXXXXXXXXXXXX.....
    written here    .........................XXX.....

Before that, what a widget wrote that is none of ours passes the gate: no control character reaches the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual.filter import LineFilter

from asgi_vs_wsgi.scenarios.untrusted_text import harmless_cells
from asgi_vs_wsgi.tui.text.text_width import width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderResult
    from textual.color import Color
    from textual.geometry import Region
    from textual.strip import Strip


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
