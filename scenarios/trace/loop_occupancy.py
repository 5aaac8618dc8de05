"""When an event loop was held by the steps of requests, and for how long within any interval."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from operator import sub


class Occupancy:
    """The steps of one event loop, in order and disjoint, with running sums so that a question costs O(log n)."""

    def __init__(self) -> None:
        self.starts_ns: list[int] = []
        self.ends_ns: list[int] = []
        self.requests: list[int] = []
        self._sums_ns: list[int] = [0]
        """Of the steps so far; brought up to date when somebody asks."""
        self.open_since_ns = 0
        """When the step that still lasts began, 0 when the loop is free."""
        self.open_request = 0

    def open(self, request: int, start_ns: int) -> None:
        """A step of `request` starts."""
        self.open_request, self.open_since_ns = request, start_ns

    def close(self, end_ns: int) -> None:
        """The step that was open ended."""
        if self.open_since_ns:
            self.add_step(self.open_request, self.open_since_ns, end_ns)
            self.open_since_ns = 0

    def add_step(self, request: int, start_ns: int, end_ns: int) -> None:
        """A step of `request` that is over."""
        self.starts_ns.append(start_ns)
        self.ends_ns.append(end_ns)
        self.requests.append(request)

    def add_if_new(self, request: int, start_ns: int, end_ns: int) -> bool:
        """A whole step, unless it or another is open, or it is known already; returns whether it was taken."""
        starts_ns = self.starts_ns
        if self.open_since_ns or (starts_ns and starts_ns[-1] >= start_ns):
            return False
        starts_ns.append(start_ns)
        self.ends_ns.append(end_ns)
        self.requests.append(request)
        return True

    def is_over(self, start_ns: int) -> bool:
        """Whether the step that began then is known to have ended: steps end in the order in which they begin."""
        return bool(self.starts_ns) and self.starts_ns[-1] >= start_ns

    def held_ns(self, from_ns: int, to_ns: int) -> int:
        """How much of [from_ns, to_ns] the loop was held by any request's step, the open one included."""
        if to_ns <= from_ns:
            return 0
        held = self._held_before(to_ns) - self._held_before(from_ns)
        if self.open_since_ns and self.open_since_ns < to_ns:
            held += to_ns - max(from_ns, self.open_since_ns)
        return held

    def holder(self, at_ns: int, least_ns: int = 0) -> int:
        """The request whose step, of at least so long, the loop is in; 0 for none."""
        if self.open_since_ns and self.open_since_ns <= at_ns:
            return self.open_request if at_ns - self.open_since_ns >= least_ns else 0
        index = bisect_right(self.starts_ns, at_ns) - 1
        if index < 0 or self.ends_ns[index] <= at_ns:
            return 0
        return self.requests[index] if self.ends_ns[index] - self.starts_ns[index] >= least_ns else 0

    def _held_before(self, at_ns: int) -> int:
        index = bisect_right(self.starts_ns, at_ns)
        if not index:
            return 0
        if index >= len(self._sums_ns):
            self._sum_up()
        return self._sums_ns[index] - max(0, self.ends_ns[index - 1] - at_ns)

    def _sum_up(self) -> None:
        known = len(self._sums_ns) - 1
        lengths_ns = map(sub, self.ends_ns[known:], self.starts_ns[known:])
        self._sums_ns[known:] = accumulate(lengths_ns, initial=self._sums_ns[known])

    def steps_between(self, from_ns: int, to_ns: int) -> range:
        """The indexes of the closed steps that touch [from_ns, to_ns]."""
        first = bisect_right(self.ends_ns, from_ns)
        return range(first, max(first, bisect_right(self.starts_ns, to_ns)))
