"""The time axis under the panes, in line with their lanes."""

from __future__ import annotations

from textual.widget import Widget

from tui.drawing.ruler import ruler_text
from tui.drawing.text import GUTTER
from tui.drawing.window import Window


class Ruler(Widget):
    """Shows a stretch of the shared axis, in nanoseconds since the first visitor."""

    def __init__(self, place: str | None = None) -> None:
        super().__init__(id=place)
        self._stretch = (0, 1)

    def measure(self, stretch: tuple[int, int]) -> None:
        """Show another stretch."""
        if stretch != self._stretch:
            self._stretch = stretch
            self.refresh()

    def render(self) -> str:
        """Figures where they belong."""
        columns = max(1, self.size.width - GUTTER)
        return " " * GUTTER + ruler_text(Window(*self._stretch, columns))
