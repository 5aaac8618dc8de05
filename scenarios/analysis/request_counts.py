"""Every request accounted for: planned = completed + failed + cancelled + dropped; also for each class of visitors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from asgi_vs_wsgi.scenarios.analysis.statistics import latency_of
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, ERROR_KINDS, FAILED, Visits
from asgi_vs_wsgi.scenarios.results import Latency, RequestCounts, VisitorClass
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


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


def visitor_classes(trace: TargetTrace) -> list[VisitorClass]:
    """In the order of the scenario; one class, `all`, where it has none."""
    return [_class(trace.visits, name, trace.rows_of(name)) for name in trace.classes]


def _class(visits: Visits, name: str, rows: Sequence[int]) -> VisitorClass:
    latency = times(visits, visits.intended_ns, visits.done_ns, rows)
    ttfb = times(visits, visits.intended_ns, visits.first_byte_ns, rows)
    return VisitorClass(name, request_counts(visits, rows), latency, ttfb)


def times(visits: Visits, since: Sequence[int], until: Sequence[int], rows: Iterable[int]) -> Latency | None:
    """How long each completed visit took from one of its times to another."""
    return latency_of(until[row] - since[row] for row in rows if visits.outcome[row] == DONE)
