"""The rounds of a measurement by the figure that the verdict is on, and how far apart they lie."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.rounds import P95
from asgi_vs_wsgi.scenarios.results import Round, RunResult
from asgi_vs_wsgi.scenarios.results.metric_labels import in_words
from asgi_vs_wsgi.tui.modes.shared.layout import faint, heading
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED
from asgi_vs_wsgi.tui.report.verdict import heading as metric_heading
from asgi_vs_wsgi.tui.text.columns import fitting


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
