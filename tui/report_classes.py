"""The classes of visitors of every target, and what became of those who left early."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.result import Latency, TargetResult, VisitorClass
from tui.report_figures import milliseconds
from tui.report_tables import table

HEADER = ("", "completed", "failed", "left", "latency p50", "p95", "first byte p50")


def classes_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """One row for each class; nothing where there is but one."""
    if all(len(target.classes) < 2 for target in targets):
        return []
    return table([HEADER, *(_row(target, each) for target in targets for each in target.classes)], width)


def left_lines(targets: Sequence[TargetResult]) -> list[str]:
    """One line for each target whose visitors left before their answer."""
    return [
        f"{target.name}: {left.requests} visitors left while they were served; {left.cancelled} of their requests were "
        f"cancelled, and work went on for {milliseconds(left.worked_on_ms)} on average"
        for target in targets
        if (left := target.left) and left.requests
    ]


def _row(target: TargetResult, each: VisitorClass) -> tuple[str, ...]:
    counts = each.requests
    return (
        f"{target.name} {each.name}",
        f"{counts.completed}/{counts.planned}",
        str(counts.failed),
        str(counts.cancelled),
        _time(each.latency_ms, "p50"),
        _time(each.latency_ms, "p95"),
        _time(each.ttfb_ms, "p50"),
    )


def _time(latency: Latency | None, name: str) -> str:
    return milliseconds(getattr(latency, name) if latency else None)
