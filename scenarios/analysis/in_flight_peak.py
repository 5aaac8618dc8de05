"""The most requests that an application was in at once, until any moment: a playhead goes both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, MostAtOnce, handlings_of
from asgi_vs_wsgi.scenarios.results import InFlight
from asgi_vs_wsgi.scenarios.trace.state_spans import FOREVER

if TYPE_CHECKING:
    from collections.abc import Collection

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


class InFlightPeak:
    """Of one trace; counted anew when its workers have told more."""

    def __init__(self, trace: TargetTrace, rows: Collection[int] | None = None) -> None:
        """Of the visitors in `rows` alone, where they are given."""
        self._trace = trace
        self._rows = rows
        self._events = -1
        self._together = MostAtOnce(())
        self._by_worker: list[MostAtOnce] = []

    def until(self, at_ns: int) -> InFlight:
        """Over the target, and in one worker."""
        events = sum(worker.events for worker in self._trace.workers.values())
        if events != self._events:
            self._events = events
            self._count()
        return InFlight(self._together.until(at_ns), max((one.until(at_ns) for one in self._by_worker), default=0))

    def _count(self) -> None:
        by_worker = [self._handled(worker) for worker in self._trace.workers.values()]
        self._together = MostAtOnce(interval for intervals in by_worker for interval in intervals)
        self._by_worker = [MostAtOnce(intervals) for intervals in by_worker]

    def _handled(self, worker: WorkerTrace) -> list[Interval]:
        """From the application's entry to its end, or to its process's."""
        first, rows = self._trace.visits.first_id, self._rows
        return [
            (each.begin_ns, each.end_ns or worker.died_ns or FOREVER)
            for each in handlings_of(self._trace, worker)
            if rows is None or each.request - first in rows
        ]
