"""Every request accounted for: planned = completed + failed + cancelled + dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, ERROR_KINDS, FAILED, Visits
from asgi_vs_wsgi.scenarios.results import RequestCounts


def request_counts(visits: Visits, rows: Sequence[int] | None = None) -> RequestCounts:
    """What became of the visitors (of those in `rows`); one that had not ended when the run did is dropped."""
    rows = range(len(visits)) if rows is None else rows
    outcomes = Counter(visits.outcome[row] for row in rows)
    completed, failed, cancelled = outcomes[DONE], outcomes[FAILED], outcomes[CANCELLED]
    dropped = len(rows) - completed - failed - cancelled
    return RequestCounts(
        len(rows), completed, failed, cancelled, dropped, _errors(visits, rows), _statuses(visits, rows)
    )


def _errors(visits: Visits, rows: Sequence[int]) -> dict[str, int]:
    kinds = Counter(visits.error[row] for row in rows)
    return {"timeout": 0} | {ERROR_KINDS[kind]: count for kind, count in sorted(kinds.items()) if kind}


def _statuses(visits: Visits, rows: Sequence[int]) -> dict[str, int]:
    statuses = Counter(visits.status[row] for row in rows)
    return {str(status): count for status, count in sorted(statuses.items()) if status}
