"""The last gate before the terminal: every line of every widget, and of Textual's own, passes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from asgi_vs_wsgi.scenarios.text.plain_text import harmless_cells
from asgi_vs_wsgi.tui.text.text_width import width

if TYPE_CHECKING:
    from textual.color import Color


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
