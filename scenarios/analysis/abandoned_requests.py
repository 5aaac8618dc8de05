"""Visitors who left early: did the server stop working for them?"""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED
from asgi_vs_wsgi.scenarios.results import LeftVisitors
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import Handling
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending


def left_visitors(trace: TargetTrace) -> LeftVisitors:
    """Joined from both halves: when the client hung up, and when and how the application ended."""
    visits = trace.visits
    pairs = [(visits.done_ns[row], trace.handling(row)) for row, o in enumerate(visits.outcome) if o == CANCELLED]
    begun = [(left_ns, handling) for left_ns, handling in pairs if handling and handling.begin_ns < left_ns]
    ended = [(left_ns, handling) for left_ns, handling in begun if handling.end_ns]
    on_ms = [max(0, handling.end_ns - left_ns) / NS_PER_MS for left_ns, handling in ended]
    cancelled = sum(_cancelled(handling) for _, handling in ended)
    return LeftVisitors(len(begun), cancelled, sum(on_ms) / len(on_ms) if on_ms else None)


def _cancelled(handling: Handling) -> bool:
    """Cancelled by the server, or, as Django does when it is told of the disconnect, ended without an answer."""
    answerless = handling.ending is Ending.RETURNED and not handling.response_start_ns
    return handling.ending is Ending.CANCELLED or answerless
