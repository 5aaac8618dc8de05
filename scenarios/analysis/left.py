"""Visitors who left early: did the server stop working for them?"""

from __future__ import annotations

from scenarios.analysis.statistics import NS_PER_MS
from scenarios.load.visits import CANCELLED
from scenarios.result import LeftVisitors
from scenarios.trace.target_trace import TargetTrace
from server_targets.probe.records import Ending


def left_visitors(trace: TargetTrace) -> LeftVisitors:
    """Joined from both halves: when the client hung up, and when and how the application ended."""
    visits = trace.visits
    pairs = [(visits.done_ns[row], trace.handling(row)) for row, o in enumerate(visits.outcome) if o == CANCELLED]
    begun = [(left_ns, handling) for left_ns, handling in pairs if handling and handling.begin_ns < left_ns]
    ended = [(left_ns, handling) for left_ns, handling in begun if handling.end_ns]
    on_ms = [max(0, handling.end_ns - left_ns) / NS_PER_MS for left_ns, handling in ended]
    cancelled = sum(handling.ending is Ending.CANCELLED for _, handling in ended)
    return LeftVisitors(len(begun), cancelled, sum(on_ms) / len(on_ms) if on_ms else None)
