"""Where the time went: the nine states of every completed request, added up."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS, latency_of
from asgi_vs_wsgi.scenarios.results import Latency
from asgi_vs_wsgi.scenarios.trace.spans import Span, state_totals_ns
from asgi_vs_wsgi.scenarios.trace.states import State, states_told
from asgi_vs_wsgi.scenarios.trace.worker_trace import Handling


class StateSums:
    """Takes in the completed requests one by one."""

    def __init__(self) -> None:
        self._sums_ns = [0] * len(State)
        self._queued_ns: list[int] = []

    def add(self, spans: list[Span], handling: Handling | None) -> None:
        """One completed request."""
        totals = state_totals_ns(spans, handling)
        self._sums_ns = [so_far + more for so_far, more in zip(self._sums_ns, totals, strict=True)]
        self._queued_ns.append(totals[State.QUEUED])

    def means_ms(self) -> dict[str, float | None] | None:
        """Milliseconds per completed request in each state; those that are known add up to the mean latency."""
        completed = len(self._queued_ns)
        if not completed:
            return None
        return states_told([sum_ns / completed / NS_PER_MS for sum_ns in self._sums_ns])

    def queue_ms(self) -> Latency | None:
        """How long the requests were sent and no worker had begun them."""
        return latency_of(self._queued_ns)
