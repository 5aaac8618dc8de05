"""The workers of every target: how busy, how blocked, how large."""

from __future__ import annotations

from collections.abc import Sequence

from asgi_vs_wsgi.scenarios.results import TargetResult, WorkerSeen
from asgi_vs_wsgi.scenarios.text.numbers import megabytes
from asgi_vs_wsgi.scenarios.text.numbers import share as share_words
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED, table

WORKERS_HEADER = ("", "requests", "busy", "blocked", "loop held", "memory", "threads")


def workers_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """One row for each worker; a column that nothing was measured in is left out."""
    rows = [_row(target, number, worker) for target in targets for number, worker in enumerate(target.workers_seen, 1)]
    if not rows:
        return []
    known = [column for column in range(len(WORKERS_HEADER)) if any(row[column] != NOT_MEASURED for row in rows)]
    return table([[row[column] for column in known] for row in (WORKERS_HEADER, *rows)], width)


def _row(target: TargetResult, number: int, worker: WorkerSeen) -> tuple[str, ...]:
    return (
        f"{target.name} worker {number}",
        str(worker.requests),
        _share(worker.busy_share),
        _share(worker.blocked_share),
        milliseconds(worker.loop_held_max_ms),
        NOT_MEASURED if worker.rss_peak_mb is None else megabytes(worker.rss_peak_mb),
        NOT_MEASURED if worker.threads_peak is None else str(worker.threads_peak),
    )


def _share(share: float | None) -> str:
    return NOT_MEASURED if share is None else share_words(share)
