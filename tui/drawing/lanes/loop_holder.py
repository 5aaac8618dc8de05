"""Who holds an event loop at a moment: whoever is suspended there waits for this one, and for nothing else."""

from __future__ import annotations

from bisect import bisect_right

from asgi_vs_wsgi.scenarios.trace.loop_occupancy import Occupancy
from asgi_vs_wsgi.tui.text.numbers import NS_PER_MS

LONG_NS = 20 * NS_PER_MS
"""A step that holds a loop for so long is seen; shorter ones come and go with every frame."""


def holder(loop: Occupancy, at_ns: int, least_ns: int = 0) -> int:
    """The request whose step, of at least so long, the loop is in; 0 for none."""
    if loop.open_since_ns and loop.open_since_ns <= at_ns:
        return loop.open_request if at_ns - loop.open_since_ns >= least_ns else 0
    index = bisect_right(loop.starts_ns, at_ns) - 1
    if index < 0 or loop.ends_ns[index] <= at_ns:
        return 0
    return loop.requests[index] if loop.ends_ns[index] - loop.starts_ns[index] >= least_ns else 0
