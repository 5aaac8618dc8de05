"""Which part of a trace is the run: from the first intended start to the last end of a visit."""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
from asgi_vs_wsgi.scenarios.load.visits import Visits
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import Handling, WorkerLog


def window_of(visits: Visits) -> Interval | None:
    """First intended start and last done, None where nothing ended."""
    last_ns = max(visits.done_ns, default=0)
    return (min(filter(None, visits.intended_ns)), last_ns) if last_ns else None


def handlings_of(trace: TargetTrace, worker: WorkerLog) -> Iterator[Handling]:
    """What the worker did for the visitors of the run: warm-up and lone requests are left out."""
    first, visitors = trace.visits.first_id, len(trace.visits)
    for request, handling in worker.handlings.items():
        if first <= request < first + visitors:
            yield handling
