"""What a terminal shows at one moment: rows of runs of cells that look the same.

row    |   1 watch   2 code                │
runs   [0 ' '][1 '1'][2 ' watch'][ … ]          column, text, look
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Look(NamedTuple):
    """Colours as `#rrggbb`, and how letters are drawn."""

    ink: str
    ground: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    struck: bool = False


class Run(NamedTuple):
    """Signs that are one cell wide each, or one sign that is wider (`width` cells)."""

    column: int
    width: int
    text: str
    look: Look
    joined: bool = False
    """One sign that is made of as many as it has cells: a heart and what makes it an emoji."""

    @property
    def one_cell_each(self) -> bool:
        """Whether it may be taken apart."""
        return self.width == len(self.text) and not self.joined


Row = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole screen. `title` is for people who cannot see it; `page` is the look of an empty cell."""

    columns: int
    lines: int
    rows: tuple[Row, ...]
    page: Look
    title: str = ""
