"""How long a burst that has just begun will take, roughly: for a scale that is chosen before the end is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def likely_makespan_ns(trace: TargetTrace) -> int:
    """Of a target that holds a slot per visitor; 0 where that cannot be told. No figure is computed from it."""
    facts = trace.facts
    slots = facts.workers * (facts.threads if facts.slot == "thread" else 1)
    if facts.interface == "asgi" or facts.slot == "none":
        return trace.service_ns
    return -(-len(trace.visits) // slots) * (trace.service_ns or _first_service_ns(trace))


def _first_service_ns(trace: TargetTrace) -> int:
    """How long the first request took inside, 0 while none has ended."""
    for worker in trace.workers.values():
        for handling in worker.handlings.values():
            return max(0, handling.end_ns - handling.begin_ns) if handling.end_ns else 0
    return 0
