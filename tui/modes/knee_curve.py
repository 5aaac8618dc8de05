"""The knee: p95 against the rate of arrivals of each target, PREDICTED with its interval, and what was MEASURED on it.

gunicorn-sync   full at 9.9/s
1.65 s ┤                      ░▄●
       │                  ░▄■▀▀
0      ┤●▄▄▄●▄▄●▄▄▄●▄▄●▄▄▀▀
       └0                    9.9/s
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.planning.load import has_rate
from asgi_vs_wsgi.scenarios.wording import per_second
from asgi_vs_wsgi.tui.modes.ladder_curve import AXIS, NO_CURVE, draw_line
from asgi_vs_wsgi.tui.modes.layout import faint, heading, prose, side_by_side
from asgi_vs_wsgi.tui.report.figures import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.simulation.what_if_answer import Knee
    from asgi_vs_wsgi.tui.modes.ladder_curve import Cell

ROWS = 7
LEAST_COLUMNS, MOST_COLUMNS = 48, 70
CURVE, INTERVAL, POINT = 0, 1, 2
STYLES = {NO_CURVE: "", CURVE: "$figure", INTERVAL: "$faint", POINT: "bold $foreground"}
SHADE, MEASURED, ABOVE = "┊", "◆", "▲"
"""No colour and no texture of lanes, which stand above it and mean states."""
TOP = 1.25
"""Of the curve's highest point: what was measured above that stands at the upper edge."""
TITLE = "The knee: latency (p95) against rate, PREDICTED"
HOW = (
    "● PREDICTED: simulated, visitors who come by chance (Poisson) at ever higher rates; ┊ from the least to the most "
    "of the replications. Full: all workers, threads, loops, cores, GILs or places of the pool are in use all of the "
    "time."
)
AT_ITS_RATE = f"{MEASURED} MEASURED on it: this run at its own rate. {ABOVE}: higher than the picture."
ITS_LADDER = (
    f"{MEASURED} MEASURED on it: the steps of this run's ladder, each at the rate at which it was served; these "
    f"visitors came together or in turn, and so wait longer at the same rate. {ABOVE}: higher than the picture."
)
OTHERS = "What was measured belongs to other settings, and is not on it."


class Measured(NamedTuple):
    """A point: a second, and ms."""

    rate: float
    p95_ms: float


def knees(found: Sequence[Knee], run: RunResult | None, width: int, *, as_measured: bool) -> list[Content]:
    """A picture for each target; `as_measured`: these are the settings of the run."""
    if not found:
        return []
    points = {one.of: measured_points(run, one.of) if run and as_measured else [] for one in found}
    blocks = [
        _picture(one, points[one.of], min(MOST_COLUMNS, max(LEAST_COLUMNS, width // 2 - 2), width)) for one in found
    ]
    on_it = "" if as_measured else OTHERS
    if run and any(points.values()):
        on_it = AT_ITS_RATE if has_rate(run.load) else ITS_LADDER
    known = {one.tails: [each.of for each in found if each.tails == one.tails] for one in found if one.tails}
    of_loops = [f"Of visitors who await on event loops ({', '.join(of)}): {tails}." for tails, of in known.items()]
    return [
        *prose(heading(TITLE), width),
        *side_by_side(blocks, width, LEAST_COLUMNS),
        *prose(faint(" ".join(filter(None, (HOW, on_it, *of_loops)))), width),
    ]


def measured_points(run: RunResult, name: str) -> list[Measured]:
    """The run's own, where its visitors came at a rate, and its ladder's."""
    target = next((each for each in run.targets if each.name == name), None)
    own = target.latency_ms.p95 if target and target.latency_ms and run.load.rate else None
    points = [Measured(run.load.rate, own)] if own is not None and run.load.rate else []
    steps = [step for step in run.ladder or [] if step.target == name]
    return points + [Measured(s.throughput_rps, s.p95_ms) for s in steps if s.throughput_rps and s.p95_ms is not None]


def _picture(one: Knee, points: Sequence[Measured], width: int) -> list[Content]:
    columns = max(20, width - AXIS - 2)
    most_ms = TOP * max(high for _, high in one.intervals_ms) or 1.0
    most_rate = max([one.limit_rps, *(point.rate for point in points)])
    grid: list[list[Cell]] = [[(" ", NO_CURVE)] * columns for _ in range(ROWS)]

    def x(rate: float) -> int:
        return round(rate / most_rate * (columns - 1))

    def y(value_ms: float) -> int:
        return max(0, min(ROWS - 1, round((1 - value_ms / most_ms) * (ROWS - 1))))

    _shade(grid, one, x, y)
    line = [(2 * x(rate), 2 * y(p95)) for rate, p95 in zip(one.rates, one.p95_ms, strict=True)]
    draw_line(grid, CURVE, line)
    for point in points:
        grid[y(point.p95_ms)][x(point.rate)] = (ABOVE if point.p95_ms > most_ms else MEASURED, POINT)
    end = per_second(most_rate)
    foot = " " * AXIS + "└0" + f"{end:>{columns - 1}}"
    rows = [_row(cells, at, most_ms) for at, cells in enumerate(grid)]
    return [
        Content.assemble((one.of, "bold $primary"), (f"   full at {per_second(one.limit_rps)}", "$faint")),
        *rows,
        faint(foot),
        faint(_figures(one, columns)),
    ]


def _shade(grid: list[list[Cell]], one: Knee, x: Callable[[float], int], y: Callable[[float], int]) -> None:
    for (rate, both), (rate_after, after) in pairwise(zip(one.rates, one.intervals_ms, strict=True)):
        first, last = x(rate), x(rate_after)
        for column in range(first, last + 1):
            part = (column - first) / max(1, last - first)
            low, high = (before + part * (beyond - before) for before, beyond in zip(both, after, strict=True))
            for row in range(y(high), y(low) + 1):
                grid[row][column] = (SHADE, INTERVAL)


def _row(cells: Sequence[Cell], at: int, most_ms: float) -> Content:
    figure = {0: milliseconds(most_ms), ROWS - 1: "0"}.get(at, "")
    axis = Content.styled(f"{figure:>{AXIS - 1}} {'┤' if figure else '│'}", "$faint")
    return Content("").join([axis, *(Content.styled(sign, STYLES[kind]) for sign, kind in cells)])


def _figures(one: Knee, columns: int) -> str:
    """At half of all there is, and near the end."""
    told = [f"{per_second(one.rates[at])} {milliseconds(one.p95_ms[at])}" for at in (2, 5, 7)]
    while len(told) > 1 and len(" · ".join(told)) > columns:
        told.pop(0)
    return " " * AXIS + " · ".join(told)
