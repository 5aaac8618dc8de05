"""Arithmetic of time intervals: how many overlap at most, and how long at least one of them lasts."""

from __future__ import annotations

from collections.abc import Iterable

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


def most_at_once(intervals: Iterable[Interval]) -> int:
    """The largest number of intervals that overlap; one that ends where another starts does not."""
    edges = [edge for start, end in intervals for edge in ((start, 1), (end, -1))]
    edges.sort()
    most = now = 0
    for _, change in edges:
        now += change
        most = max(most, now)
    return most


def union_ns(intervals: Iterable[Interval]) -> int:
    """For how long at least one of the intervals lasts."""
    total = reached = 0
    for start, end in sorted(intervals):
        if end > reached:
            total += end - max(start, reached)
            reached = end
    return total
