"""The database connections that a target's workers held open, over the time of the run."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.results import Connections
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital


def connections(trace: TargetTrace, window: Interval | None) -> Connections | None:
    """All workers together at each count, the one right after the run included; None where nobody counted."""
    if trace.facts.database is None or window is None:
        return None
    together: dict[int, int] = {}
    for worker in trace.workers.values():
        for at_ns, count in worker.vitals[Vital.CONNECTIONS]:
            if at_ns >= window[0]:
                together[at_ns] = together.get(at_ns, 0) + count
    if not together:
        return None
    counts = sorted(together.items())
    return Connections(
        trace.facts.database,
        max(together.values()),
        counts[-1][1],
        [((at_ns - window[0]) / NS_PER_MS, count) for at_ns, count in counts],
    )
