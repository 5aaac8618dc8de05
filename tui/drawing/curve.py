"""Curves of several series over the same places, in quarter blocks: two points to a cell each way.

3.2 s ┤            ▗▄■
      │        ▄▞▀▀
0     ┤■▄▄▀▀▀▀
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLOCKS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the sum of the quarters that are set: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""
MARKS = "●■▲◆"
"""Of the points of a series; the fifth has the first again."""
NOBODY = -1

Cell = tuple[str, int]
"""A sign, and the series that it belongs to."""


def mark_of(series: int) -> str:
    """The sign of a series' points."""
    return MARKS[series % len(MARKS)]


def curves(series: Sequence[Sequence[float | None]], columns: int, rows: int) -> list[list[Cell]]:
    """Lines from the top; values go from 0 to the largest, and the first and the last stand at the edges.

    A point that was not measured (None) is left out, and the line goes from its neighbour to its neighbour.
    """
    most = max((value for one in series for value in one if value is not None), default=0.0) or 1.0
    grid: list[list[Cell]] = [[(" ", NOBODY)] * columns for _ in range(rows)]
    for number, one in enumerate(series):
        _draw(grid, number, list(_points(one, columns, rows, most)))
    return grid


def place_of(index: int, count: int, columns: int) -> int:
    """The column of the point in a place."""
    return round(index * (columns - 1) / (count - 1)) if count > 1 else 0


def _points(one: Sequence[float | None], columns: int, rows: int, most: float) -> Iterator[tuple[int, int]]:
    """In quarters, counted from the upper left."""
    for index, value in enumerate(one):
        if value is not None:
            yield 2 * place_of(index, len(one), columns), round((1 - value / most) * (2 * rows - 1))


def _draw(grid: list[list[Cell]], number: int, points: Sequence[tuple[int, int]]) -> None:
    quarters: dict[tuple[int, int], int] = {}
    for start, end in pairwise(points):
        for x, y in _line(start, end):
            place = y // 2, x // 2
            quarters[place] = quarters.get(place, 0) | 1 << (x % 2 + 2 * (y % 2))
    for (row, column), bits in quarters.items():
        grid[row][column] = (BLOCKS[bits], number)
    for x, y in points:
        grid[y // 2][x // 2] = (mark_of(number), number)


def _line(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The quarters between two points, without a gap."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * step / steps),
            round(start[1] + (end[1] - start[1]) * step / steps),
        )
