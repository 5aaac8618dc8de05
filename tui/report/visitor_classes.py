"""The classes of visitors of every target, and what became of those who left early."""

from __future__ import annotations

from collections.abc import Sequence

from asgi_vs_wsgi.scenarios.results import Latency, LeftVisitors, TargetResult, VisitorClass
from asgi_vs_wsgi.scenarios.text.numbers import count, thousands
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.tables import table

CLASSES_HEADER = ("", "completed", "failed", "left", "latency p50", "p95", "first byte p50")


def classes_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """One row for each class; nothing where there is but one."""
    if all(len(target.classes) < 2 for target in targets):
        return []
    return table([CLASSES_HEADER, *(_class_row(target, each) for target in targets for each in target.classes)], width)


def left_lines(targets: Sequence[TargetResult]) -> list[str]:
    """One line for each target whose visitors left before their answer."""
    return [f"{target.name}: {_left_words(left)}" for target in targets if (left := target.left) and left.requests]


def _left_words(left: LeftVisitors) -> str:
    """The mean is of those requests that ended; none may have."""
    of = f"{thousands(left.cancelled)} of their requests" if left.requests > 1 else "its request"
    were = "was" if left.requests == 1 or left.cancelled == 1 else "were"
    not_ = " not" if left.requests == 1 and not left.cancelled else ""
    words = f"{count(left.requests, 'visitor')} left while being served; {of} {were}{not_} cancelled"
    if left.worked_on_ms is None:
        return f"{words}, and none had come to an end when the run did"
    return f"{words}, and work went on for {milliseconds(left.worked_on_ms)} on average"


def _class_row(target: TargetResult, each: VisitorClass) -> tuple[str, ...]:
    counts = each.requests
    return (
        f"{target.name} {each.name}",
        f"{counts.completed}/{counts.planned}",
        str(counts.failed),
        str(counts.cancelled),
        _class_time(each.latency_ms, "p50"),
        _class_time(each.latency_ms, "p95"),
        _class_time(each.ttfb_ms, "p50"),
    )


def _class_time(latency: Latency | None, name: str) -> str:
    return milliseconds(getattr(latency, name) if latency else None)
