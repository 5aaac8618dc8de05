"""Who is next: the plan's rows in order, each handed out when its visitor is due."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.load.timerfd import NEVER

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.load.plan import Plan

NOBODY: Final = -1


class OpenArrivals:
    """Visitors come on schedule, whatever the server does."""

    closed = False

    def __init__(self, plan: Plan, intended_ns: memoryview[int], start_ns: int) -> None:
        self.next_row = 0
        self.last_row = plan.requests  # rows from here on do not come
        self.stop_ns = NEVER
        self._intended_ns = intended_ns
        for row, offset_ns in enumerate(plan.offsets_ns):
            intended_ns[row] = start_ns + offset_ns

    def due_ns(self) -> int:
        """When the next visitor is due."""
        return self._intended_ns[self.next_row] if self.next_row < self.last_row else NEVER

    def next_due(self, now_ns: int) -> int:
        """The row of the next visitor if it is due, or NOBODY."""
        if self.due_ns() > now_ns:
            return NOBODY
        self.next_row += 1
        return self.next_row - 1

    def came_back(self, now_ns: int) -> None:
        """A visitor is done, and does not come again."""

    def stop(self) -> None:
        """The plan ends by itself."""


class ClosedArrivals:
    """Each visitor comes again as soon as it has its answer."""

    closed = True

    def __init__(self, plan: Plan, intended_ns: memoryview[int], start_ns: int) -> None:
        self.next_row = 0
        self.last_row = plan.requests
        self.stop_ns = NEVER if plan.duration_s is None else start_ns + round(plan.duration_s * 1e9)
        self._intended_ns = intended_ns
        self._ready_ns = deque(start_ns + offset_ns for offset_ns in plan.offsets_ns)

    def due_ns(self) -> int:
        """When the next visitor is due."""
        return self._ready_ns[0] if self._ready_ns and self.next_row < self.last_row else NEVER

    def next_due(self, now_ns: int) -> int:
        """The row of the next visitor if it is due, or NOBODY."""
        if self.due_ns() > now_ns:
            return NOBODY
        row = self.next_row
        self.next_row = row + 1
        self._intended_ns[row] = self._ready_ns.popleft()
        return row

    def came_back(self, now_ns: int) -> None:
        """A visitor is done, and wants to come again."""
        self._ready_ns.append(now_ns)

    def stop(self) -> None:
        """Nobody comes any more."""
        self.last_row, self.stop_ns = self.next_row, NEVER


Arrivals = OpenArrivals | ClosedArrivals
