"""Which source lines held a thread: the time that requests were running or blocked there, as the sampler saw it.

The line is known even where the kernel does not show whether its thread was blocked there or stalled; then it says so.
"""

from __future__ import annotations

from collections import Counter

from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.results import Blame
from asgi_vs_wsgi.scenarios.trace.spans import Span
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerLog

HELD = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED)


class BlameSums:
    """Takes in all requests one by one."""

    def __init__(self) -> None:
        self._sums_ns: Counter[tuple[str, State]] = Counter()

    def add(self, spans: list[Span], worker: WorkerLog) -> None:
        """One request's spans; those that no sample judged blame no line."""
        for span in spans:
            if span.location >= 0 and span.state in HELD and (where := worker.locations.get(span.location)):
                self._sums_ns[where, span.state] += span.end_ns - span.start_ns

    def lines(self) -> list[Blame]:
        """The longest first."""
        return [Blame(where, state.label, sum_ns / NS_PER_MS) for (where, state), sum_ns in self._sums_ns.most_common()]
