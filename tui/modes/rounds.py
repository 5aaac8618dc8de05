"""The rounds of a measurement, and how far apart they lie."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from scenarios.result import RunResult
from tui.columns import fitting
from tui.modes.layout import faint, heading
from tui.report_figures import milliseconds


def rounds(result: RunResult, width: int) -> list[Content]:
    """The p95 of each, where there was more than one; the last rounds are left out where there is no room."""
    by_target: dict[str, list[float]] = {}
    for each in result.rounds:
        if each.p95_ms is not None:
            by_target.setdefault(each.target, []).append(each.p95_ms)
    most = max(map(len, by_target.values()), default=0)
    if most < 2:
        return []
    head = ("p95", "spread", *(f"round {number + 1}" for number in range(most)))
    rows: list[Sequence[str]] = [head, *(_row(name, values, most) for name, values in by_target.items())]
    table = fitting(rows, width, tuple(range(most + 1, 2, -1)))
    return [Content(), heading("Rounds"), faint(table[0]), *map(Content, table[1:])]


def _row(name: str, values: Sequence[float], most: int) -> tuple[str, ...]:
    spread = milliseconds(max(values) - min(values))
    return (name, spread, *map(milliseconds, values), *[""] * (most - len(values)))
