"""From when to when a target's recording goes: its own clock starts with its first visitor."""

from __future__ import annotations

from typing import NamedTuple

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class TimeSpan(NamedTuple):
    """Absolute monotonic nanoseconds; 0 and 0 before the first visitor."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """The makespan, once all is over."""
        return self.end_ns - self.start_ns


def time_span(trace: TargetTrace) -> TimeSpan:
    """First intended start to last done."""
    start_ns = min((at_ns for at_ns in trace.visits.intended_ns if at_ns), default=0)
    return TimeSpan(start_ns, max((*trace.visits.done_ns, start_ns)))
