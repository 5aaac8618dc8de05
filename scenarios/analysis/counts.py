"""Every request accounted for: planned = completed + failed + cancelled + dropped."""

from __future__ import annotations

from collections import Counter

from scenarios.load.visits import CANCELLED, DONE, FAILED, Visits
from scenarios.result import RequestCounts


def request_counts(visits: Visits) -> RequestCounts:
    """What became of the visitors; one that had not ended when the run did is dropped."""
    planned = len(visits)
    completed, failed, cancelled = (visits.outcome.count(outcome) for outcome in (DONE, FAILED, CANCELLED))
    dropped = planned - completed - failed - cancelled
    errors = {"timeout": 0} | visits.errors()
    return RequestCounts(planned, completed, failed, cancelled, dropped, errors, _statuses(visits))


def _statuses(visits: Visits) -> dict[str, int]:
    return {str(status): count for status, count in sorted(Counter(visits.status).items()) if status}
