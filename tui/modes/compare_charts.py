"""How many visitors waited how long, and how far the rounds of a measurement lie apart.

      waited  gunicorn-sync      uvicorn
0.2 – 0.4 s   ███ 2
0.4 – 0.6 s   ███ 2

The first line is that of the shortest wait: nothing is drawn before it.

Latency under load as a curve: p95 against the number of visitors, a curve for each target.

Curves of several series over the same places, in quarter blocks: two points to a cell each way.

3.2 s ┤            ▗▄■
      │        ▄▞▀▀
0     ┤■▄▄▀▀▀▀
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import ceil, log10
from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.build_document import P95
from asgi_vs_wsgi.scenarios.planning.load import has_ladder
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.wording import NS_PER_MS, NS_PER_S
from asgi_vs_wsgi.tui.cells import NOT_MEASURED, aligned, fitting, pad_right, short_name
from asgi_vs_wsgi.tui.drawing.time_axis import round_step
from asgi_vs_wsgi.tui.modes.layout import bar, faint, heading, prose
from asgi_vs_wsgi.tui.report.figures import heading as metric_heading
from asgi_vs_wsgi.tui.report.figures import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import LadderPoint, Round, RunResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext

MOST_BINS = 20
"""So many that visitors who end two by two, in 16 steps, are seen to."""
TITLE = "How long visitors waited, and how many"
NOBODY = "Nobody was served."
NOBODY_YET = "Comes with the first visitor who is served."
FINEST = 200
"""Of the longest wait a bin is no smaller part: who all waited as long are not spread over nothing."""
LABEL = 18
FIGURE = 7
LEAST = 16
"""Columns that a target needs at least."""

Waits = tuple[str, list[int]]
"""A target's name and how long each of its visitors waited, in nanoseconds."""


def distribution(sight: ModeContext) -> list[Content]:
    """A table of bars; targets that do not fit beside the others follow below."""
    told: list[Waits] = [
        (seen.trace.facts.name, seen.ledger.latencies_ns(sight.until_ns(seen))) for seen in sight.started
    ]
    ends = [wait for _, waits in told if waits for wait in (min(waits), max(waits))]
    if not any(ends):
        return [heading(TITLE), *prose(faint(NOBODY if sight.over else NOBODY_YET), sight.width)]
    beside = max(1, min(len(told), (sight.width - LABEL) // LEAST))
    names = [name for name, _ in told]
    parts: list[Content] = [heading(TITLE)]
    for first in range(0, len(told), beside):
        parts += _table(told[first : first + beside], (min(ends), max(ends)), names, sight.width)
    return parts


def _table(told: Sequence[Waits], ends: tuple[int, int], names: Sequence[str], width: int) -> list[Content]:
    """`ends` are the shortest and the longest wait of all targets, `names` those of all of them."""
    least, most = ends
    room = min(60, (width - LABEL) // len(told))
    step = round_step(max(-(-(most - least) // MOST_BINS), -(-most // FINEST)))
    counts = [Counter(_bin(wait, step) for wait in waits) for _, waits in told]
    highest = max(max(each.values(), default=1) for each in counts)
    titles = "".join(pad_right(short_name(name, names, room - 1), room) for name, _ in told).rstrip()
    rows = [faint(f"{'waited':>{LABEL - 2}}  {titles}")]
    for index in range(_bin(least, step), _bin(most, step) + 1):
        label = Content.styled(f"{_between(index, step, most):>{LABEL - 2}}  ", "$faint")
        cells = [_cell(each[index], highest, room) for each in counts]
        rows.append(Content("").join([label, *cells]).rstrip())
    return rows


def _bin(wait: int, step: int) -> int:
    return max(0, -(-wait // step) - 1)


def _between(index: int, step: int, most: int) -> str:
    """`0.2 – 0.4 s`: the second edge belongs to the bin."""
    unit_ns, unit = (NS_PER_S, "s") if most >= NS_PER_S else (NS_PER_MS, "ms")
    digits = max(0, ceil(log10(unit_ns / step)))
    low, high = (f"{edge * step / unit_ns:.{digits}f}" for edge in (index, index + 1))
    return f"{low} – {high} {unit}"


def _cell(number: int, highest: int, room: int) -> Content:
    drawn = Content.assemble(bar(number, highest, max(1, room - FIGURE), "$figure"), f" {number}" if number else "")
    return drawn.pad_right(max(0, room - drawn.cell_length))


def rounds(result: RunResult, width: int) -> list[Content]:
    """Each, where there was more than one; the last rounds are left out where there is no room.

    Of a run that was saved before rounds held the verdict's figure: the p95.
    """
    metric = result.verdict.on
    if metric != P95 and all(each.value is None for each in result.rounds):
        metric = P95
    by_target: dict[str, list[float | None]] = {}
    for each in result.rounds:
        by_target.setdefault(each.target, []).append(_figure(each, metric))
    most = max(map(len, by_target.values()), default=0)
    if most < 2 or all(value is None for values in by_target.values() for value in values):
        return []
    head = (metric_heading(metric), "spread", *(f"round {number + 1}" for number in range(most)))
    rows: list[Sequence[str]] = [head, *(_row(name, values, most, metric) for name, values in by_target.items())]
    table = fitting(rows, width, tuple(range(most + 1, 2, -1)))
    return [Content(), heading("Rounds"), faint(table[0]), *map(Content, table[1:])]


def _figure(each: Round, metric: str) -> float | None:
    return each.p95_ms if metric == P95 else each.value


def _words(metric: str, value: float | None) -> str:
    if metric == P95:
        return milliseconds(value)
    return NOT_MEASURED if value is None else in_words(metric, value)


def _row(name: str, values: Sequence[float | None], most: int, metric: str) -> tuple[str, ...]:
    known = [value for value in values if value is not None]
    spread = _words(metric, max(known) - min(known) if known else None)
    cells = [_words(metric, value) for value in values]
    return (name, spread, *cells, *[""] * (most - len(values)))


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
STYLES = ("$primary", "$accent", "$success", "$error")


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
