"""From the colour codes of a cell to a style of the terminal, through the theme's variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from tui.drawing.roles import ALL_CODES, INK, Cell, name_of

_colours = itemgetter(1, 2)


class Palette:
    """Styles for cells under one theme; made anew when the theme changes."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._colors = {role: Color.parse(variables[f"lane-{name_of(role)}"]).rich_color for role in ALL_CODES}
        self._styles: dict[tuple[int, int], Style] = {}

    def style(self, colours: tuple[int, int]) -> Style:
        """The style of (paint, ground)."""
        style = self._styles.get(colours)
        if style is None:
            paint, ground = colours
            style = Style(color=self._colors[paint], bgcolor=self._colors[ground], bold=paint == INK or None)
            self._styles[colours] = style
        return style

    def segments(self, cells: Sequence[Cell]) -> list[Segment]:
        """Neighbours of the same colours in one segment."""
        return [
            Segment("".join([cell[0] for cell in run]), self.style(colours))
            for colours, run in groupby(cells, _colours)
        ]

    def strip(self, before: Segment, cells: Sequence[Cell]) -> Strip:
        """A line of cells with a label before it."""
        return Strip([before, *self.segments(cells)], len(before.text) + len(cells))
