"""How many requests the application was in at once."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, clipped, most_at_once
from asgi_vs_wsgi.scenarios.analysis.run_window import handlings_of
from asgi_vs_wsgi.scenarios.results import InFlight
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerLog


def in_flight(trace: TargetTrace, window: Interval) -> InFlight:
    """The most at once, over the target and on one worker."""
    by_worker = [handled(trace, worker, window) for worker in trace.workers.values()]
    together = most_at_once(interval for intervals in by_worker for interval in intervals)
    return InFlight(together, max(map(most_at_once, by_worker), default=0))


def handled(trace: TargetTrace, worker: WorkerLog, window: Interval) -> list[Interval]:
    """From the application's entry to its end, or its process's, for each request of the worker, within the run."""
    last_ns = worker.died_ns or window[1]
    return clipped(((h.begin_ns, h.end_ns or last_ns) for h in handlings_of(trace, worker)), window)
