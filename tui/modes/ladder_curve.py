"""Latency under load as a curve: p95 against the number of visitors, a curve for each target.

Curves of several series over the same places, in quarter blocks: two points to a cell each way.

3.2 s ┤            ▗▄■
      │        ▄▞▀▀
0     ┤■▄▄▀▀▀▀
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.planning.load import has_ladder
from asgi_vs_wsgi.tui.modes.layout import faint, heading, prose
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, aligned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import LadderPoint
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext


BLOCKS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the sum of the quarters that are set: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""


MARKS = "●■▲◆"
"""Of the points of a series; the fifth has the first again."""


NO_CURVE = -1


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
    grid: list[list[Cell]] = [[(" ", NO_CURVE)] * columns for _ in range(rows)]
    for number, one in enumerate(series):
        draw_line(grid, number, list(_points(one, columns, rows, most)))
    return grid


def place_of(index: int, count: int, columns: int) -> int:
    """The column of the point in a place."""
    return round(index * (columns - 1) / (count - 1)) if count > 1 else 0


def _points(one: Sequence[float | None], columns: int, rows: int, most: float) -> Iterator[tuple[int, int]]:
    """In quarters, counted from the upper left."""
    for index, value in enumerate(one):
        if value is not None:
            yield 2 * place_of(index, len(one), columns), round((1 - value / most) * (2 * rows - 1))


def draw_line(grid: list[list[Cell]], number: int, points: Sequence[tuple[int, int]]) -> None:
    """From point to point, in quarters of a cell from the upper left; the points have the series' mark."""
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


ROWS = 8


MOST_COLUMNS = 90


AXIS = 9
"""Columns for the figures at the left."""


LOST = "*"


NOT_OF_ALL = f"{LOST} Some of these visitors had no page, so the figure is not everybody's."


STYLES = ("$figure", "$foreground")
"""Of the series, in turn, which their marks tell apart: only states have colours, and no server is a failure."""


def ladder(sight: ModeContext) -> list[Content]:
    """The curve and its figures, or how to come by one."""
    points = sight.result.ladder if sight.result else []
    title = heading("Latency (p95) against the number of visitors")
    if not points:
        return [title, *_how(sight)]
    names = [target.name for target in sight.targets]
    visitors = sorted({point.visitors for point in points})
    series = [[_p95(points, name, number) for number in visitors] for name in names]
    room = max(10, min(MOST_COLUMNS, sight.width - AXIS - 2))
    most = max((value for one in series for value in one if value is not None), default=0.0)
    grid = curves(series, room, ROWS)
    some_lost = any(point.without_page for point in points)
    return [
        title + Content("   ") + _legend(names),
        *(_ladder_row(cells, index, most) for index, cells in enumerate(grid)),
        faint(" " * AXIS + "└" + _places(visitors, room)),
        *_ladder_table(
            names, visitors, [[_ladder_figure(points, name, number) for number in visitors] for name in names]
        ),
        *(prose(faint(NOT_OF_ALL), sight.width) if some_lost else []),
    ]


def _how(sight: ModeContext) -> list[Content]:
    if not has_ladder(sight.scenario.toml.load):
        return [faint("Its visitors come at a rate; there is no number of them to change.")]
    if sight.doing.startswith("ladder"):
        return [Content.styled(f"Being measured now · {sight.doing}", "$accent")]
    if sight.result is None and not sight.nothing:
        return [faint("Comes at the end of a run that measures it: key l starts one.")]
    words = Content.assemble(
        ("l", "bold $accent"), (" measures it: the same run with 1, 2, 4, 8 … visitors.", "$faint")
    )
    return prose(words, sight.width)


def _p95(points: Sequence[LadderPoint], name: str, visitors: int) -> float | None:
    return next((point.p95_ms for point in points if (point.target, point.visitors) == (name, visitors)), None)


def _legend(names: Sequence[str]) -> Content:
    return Content("   ").join(
        [Content.styled(f"{mark_of(index)} {name}", _style(index)) for index, name in enumerate(names)]
    )


def _style(series: int) -> str:
    return STYLES[series % len(STYLES)] if series != NO_CURVE else ""


def _ladder_row(cells: Sequence[Cell], index: int, most: float) -> Content:
    figure = {0: milliseconds(most), ROWS - 1: "0"}.get(index, "")
    axis = Content.styled(f"{figure:>{AXIS - 1}} {'┤' if figure else '│'}", "$faint")
    return Content("").join([axis, *(Content.styled(sign, _style(series)) for sign, series in cells)])


def _places(visitors: Sequence[int], room: int) -> str:
    """The numbers of visitors below their points, as many as have room."""
    line = [" "] * (room + 8)
    free = 0
    for index, number in enumerate(visitors):
        at, words = place_of(index, len(visitors), room), str(number)
        if at >= free:
            line[at : at + len(words)] = words
            free = at + len(words) + 1
    return "".join(line).rstrip()


def _ladder_table(names: Sequence[str], visitors: Sequence[int], figures: Sequence[Sequence[str]]) -> list[Content]:
    head = ("visitors", *map(str, visitors))
    rows = [head, *((name, *one) for name, one in zip(names, figures, strict=True))]
    table = aligned(rows, gap="  ")
    return [faint(table[0]), *map(Content, table[1:])]


def _ladder_figure(points: Sequence[LadderPoint], name: str, visitors: int) -> str:
    point = next((point for point in points if (point.target, point.visitors) == (name, visitors)), None)
    if point is None or point.p95_ms is None:
        return NOT_MEASURED
    return f"{milliseconds(point.p95_ms)}{LOST if point.without_page else ''}"
