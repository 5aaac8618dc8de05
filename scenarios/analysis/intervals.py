"""Arithmetic of time intervals, and which interval of a trace is the run."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

Interval = tuple[int, int]
"""From and to, nanoseconds of the monotonic clock."""


def clipped(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """The parts of the intervals that lie within the window, without the empty ones."""
    first, last = window
    return [
        (start if start > first else first, end if end < last else last)
        for start, end in intervals
        if start < last and end > first
    ]


class MostAtOnce:
    """The largest number of intervals that overlap, until any moment; one that ends where another starts does not."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        edges = [edge for start, end in intervals for edge in ((start, 1), (end, -1))]
        edges.sort()
        self._moments: list[int] = []
        """When there were more than ever before."""
        now = 0
        for at_ns, change in edges:
            now += change
            if now > len(self._moments):
                self._moments.append(at_ns)

    def until(self, at_ns: int) -> int:
        """0 before the first."""
        return bisect_right(self._moments, at_ns)


class Covered:
    """For how long at least one of the intervals lasts, until any moment; a question costs O(log n)."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(intervals):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        lengths = (end - start for start, end in zip(self._starts, self._ends, strict=True))
        self._sums = list(accumulate(lengths, initial=0))

    def until_ns(self, at_ns: int) -> int:
        """Together, up to then."""
        begun = bisect_left(self._starts, at_ns)
        return self._sums[begun] - (max(0, self._ends[begun - 1] - at_ns) if begun else 0)


class Summed:
    """How long the intervals last together, each counted by itself, until any moment; a question costs O(log n)."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        known = list(intervals)
        self._starts, self._ends = sorted(start for start, _ in known), sorted(end for _, end in known)
        self._start_sums = list(accumulate(self._starts, initial=0))
        self._end_sums = list(accumulate(self._ends, initial=0))

    def until_ns(self, at_ns: int) -> int:
        """Of those that go on then, what there is of them."""
        begun, over = bisect_left(self._starts, at_ns), bisect_left(self._ends, at_ns)
        return at_ns * (begun - over) - self._start_sums[begun] + self._end_sums[over]


class Longest:
    """How long the longest of the intervals lasts, until any moment; one that goes on counts up to then."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        by_end = sorted(intervals, key=lambda interval: interval[1])
        self._ends = [end for _, end in by_end]
        self._over = list(accumulate((end - start for start, end in by_end), max, initial=0))
        earliest = accumulate((start for start, _ in reversed(by_end)), min)
        self._earliest = [*reversed(list(earliest))]
        """The first start of those that end here or later."""

    def until_ns(self, at_ns: int) -> int:
        """0 before the first."""
        over = bisect_right(self._ends, at_ns)
        lasts = at_ns - self._earliest[over] if over < len(self._ends) else 0
        return max(self._over[over], lasts)


def window_of(visits: Visits) -> Interval | None:
    """First intended start and last done, None where nothing ended."""
    last_ns = max(visits.done_ns, default=0)
    return (min(filter(None, visits.intended_ns)), last_ns) if last_ns else None


def handlings_of(trace: TargetTrace, worker: WorkerTrace) -> Iterator[RequestRecord]:
    """What the worker did for the visitors of the run: warm-up and lone requests are left out."""
    first, visitors = trace.visits.first_id, len(trace.visits)
    for request, handling in worker.handlings.items():
        if first <= request < first + visitors:
            yield handling
