"""The series of a report: every round of every target, and the points of a ladder."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.results.metric_labels import in_words
from asgi_vs_wsgi.scenarios.text.numbers import thousands
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED, table
from asgi_vs_wsgi.tui.report.verdict import heading
from asgi_vs_wsgi.tui.text.numbers import per_second

IN_COLUMNS = ("makespan_s", "latency_ms.p95", "requests.completed")
"""The figures of every round that have a column of their own."""


def rounds_table(result: RunResult, width: int) -> list[str]:
    """Every round, where there was more than one."""
    if max((one.round for one in result.rounds), default=0) < 2:
        return []
    metric = result.verdict.on
    own = [heading(metric)] if metric not in IN_COLUMNS else []
    rows = [
        [
            f"{one.target} round {one.round}",
            in_seconds(one.makespan_s),
            milliseconds(one.p95_ms),
            str(one.completed),
            *([in_words(metric, one.value) if one.value is not None else NOT_MEASURED] if own else []),
        ]
        for one in sorted(result.rounds, key=lambda one: [t.name for t in result.targets].index(one.target))
    ]
    return table([["", "makespan", "latency p95", "completed", *own], *rows], width)


def ladder_table(result: RunResult, width: int) -> list[str]:
    """Latency and throughput against the number of visitors."""
    if not result.ladder:
        return []
    names = [target.name for target in result.targets]
    rows = [
        [
            point.target,
            str(point.visitors),
            milliseconds(point.p50_ms),
            milliseconds(point.p95_ms),
            NOT_MEASURED if point.throughput_rps is None else per_second(point.throughput_rps),
            thousands(point.without_page) if point.without_page else "",
        ]
        for point in sorted(result.ladder, key=lambda point: names.index(point.target))
    ]
    head = ["", "visitors", "latency p50", "latency p95", "throughput", "without a page"]
    told = len(head) if any(point.without_page for point in result.ladder) else len(head) - 1
    return table([row[:told] for row in (head, *rows)], width)
