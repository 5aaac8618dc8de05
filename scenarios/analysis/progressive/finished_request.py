"""What one visit that has ended adds to the figures so far."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.analysis.workers import HELD
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.trace.spans import Span, state_totals_ns
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import RequestRecord

STAGES = ("connecting", "in line", "request handling", "response generation", "transfer")
BEGUN = STAGES.index("request handling")
"""From here on a worker has it."""


class FinishedRequest(NamedTuple):
    """Times in nanoseconds; `stages_ns` is None where no worker was looked into."""

    row: int
    served: bool
    latency_ns: int
    first_byte_ns: int
    states_ns: list[int]
    stages_ns: list[int] | None
    blame_ns: list[tuple[str, State, int]]


def passed(trace: TargetTrace, row: int) -> FinishedRequest:
    """Of a visit that has ended."""
    visits, handling = trace.visits, trace.handling(row)
    intended_ns, done_ns = visits.intended_ns[row], visits.done_ns[row]
    spans = trace.life(row, done_ns)
    return FinishedRequest(
        row,
        visits.outcome[row] == DONE,
        done_ns - intended_ns,
        visits.first_byte_ns[row] - intended_ns,
        state_totals_ns(spans, handling),
        stages_ns(trace, row, handling) if handling else None,
        list(_blame(spans, handling)) if handling else [],
    )


def stages_ns(trace: TargetTrace, row: int, handling: RequestRecord) -> list[int]:
    """How long each of STAGES took; together they are the latency."""
    visits = trace.visits
    done_ns = visits.done_ns[row]
    end_ns = min(handling.end_ns or done_ns, done_ns)
    started_ns = min(handling.response_start_ns or end_ns, end_ns)
    marks = (visits.intended_ns[row], visits.sent_ns[row], handling.begin_ns, started_ns, end_ns, done_ns)
    return [to_ns - from_ns for from_ns, to_ns in pairwise(marks)]


def _blame(spans: list[Span], handling: RequestRecord) -> list[tuple[str, State, int]]:
    locations = handling.worker.locations
    return [
        (where, span.state, span.end_ns - span.start_ns)
        for span in spans
        if span.location >= 0 and span.state in HELD and (where := locations.get(span.location))
    ]
