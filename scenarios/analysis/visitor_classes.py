"""The figures of each class of visitors, from its own rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asgi_vs_wsgi.scenarios.analysis.request_counts import request_counts
from asgi_vs_wsgi.scenarios.analysis.statistics import latency_of
from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits
from asgi_vs_wsgi.scenarios.results import Latency, VisitorClass
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


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
