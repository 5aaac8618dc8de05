"""Latency under load as a curve: p95 against the number of visitors, a curve for each target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.planning.load import has_ladder
from asgi_vs_wsgi.tui.drawing.curve import NOBODY, Cell, curves, mark_of, place_of
from asgi_vs_wsgi.tui.modes.shared.layout import faint, heading, prose
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED
from asgi_vs_wsgi.tui.text.columns import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.results import LadderPoint
    from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext

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
        *(_row(cells, index, most) for index, cells in enumerate(grid)),
        faint(" " * AXIS + "└" + _places(visitors, room)),
        *_table(names, visitors, [[_figure(points, name, number) for number in visitors] for name in names]),
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
    return STYLES[series % len(STYLES)] if series != NOBODY else ""


def _row(cells: Sequence[Cell], index: int, most: float) -> Content:
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


def _table(names: Sequence[str], visitors: Sequence[int], figures: Sequence[Sequence[str]]) -> list[Content]:
    head = ("visitors", *map(str, visitors))
    rows = [head, *((name, *one) for name, one in zip(names, figures, strict=True))]
    table = aligned(rows, gap="  ")
    return [faint(table[0]), *map(Content, table[1:])]


def _figure(points: Sequence[LadderPoint], name: str, visitors: int) -> str:
    point = next((point for point in points if (point.target, point.visitors) == (name, visitors)), None)
    if point is None or point.p95_ms is None:
        return NOT_MEASURED
    return f"{milliseconds(point.p95_ms)}{LOST if point.without_page else ''}"
