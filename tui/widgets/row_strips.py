"""A row's cells as segments, kept in chunks so that a frame rebuilds only those that have changed.

cells    |................|................|................|
chunks   [    kept        |    kept        |    rebuilt     ]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment

from asgi_vs_wsgi.tui.drawing.glyphs import GRAIN, INK, MARK, Cell, glyph
from asgi_vs_wsgi.tui.drawing.lanes.row import Row
from asgi_vs_wsgi.tui.widgets.lane_colors import Palette

CHUNK = 16


class RowSegments:
    """The segments of one row; `bare` without the numbers, for the upper and lower lines of a tall lane."""

    def __init__(self, row: Row, palette: Palette, *, bare: bool) -> None:
        self._row = row
        self._palette = palette
        self._bare = bare
        self._chunks: list[list[Segment]] = []
        self._stale: set[int] = set()
        """Chunks to be built anew when somebody asks for the whole row."""
        self.update([(0, len(row.cells))])

    def update(self, changes: Iterable[tuple[int, int]]) -> None:
        """The cells of these columns have changed."""
        for first, last in changes:
            self._stale.update(range(first // CHUNK, -(-last // CHUNK)))

    def _cells(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        return [_without_number(cell) if cell[1] == INK else cell for cell in cells] if self._bare else cells

    def part(self, first: int, last: int) -> list[Segment]:
        """The columns of [first, last) alone."""
        return self._palette.segments(self._cells(self._row.cells[first:last]))

    def segments(self) -> list[Segment]:
        """The whole row."""
        for index in sorted(self._stale):
            self._chunks[index : index + 1] = [self.part(index * CHUNK, (index + 1) * CHUNK)]
        self._stale.clear()
        return [segment for chunk in self._chunks for segment in chunk]


def _without_number(cell: Cell) -> Cell:
    _char, _paint, ground = cell
    if ground == MARK:
        return " ", MARK, MARK
    return glyph(ground), ground + GRAIN, ground
