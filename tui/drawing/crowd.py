"""How many are somewhere at each moment, from when each came and left; both may be told late, or be corrected."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

from tui.drawing.stay import FOREVER

LOOKS = 64
"""How many of those who come within one column are looked at."""

Interval = tuple[int, int]
"""(came_ns, left_ns), FOREVER while it lasts."""


class Crowd:
    """Intervals of many keys (requests), each of which may have several, one after another."""

    def __init__(self) -> None:
        self._came_ns: list[int] = []
        self._left_ns: list[int] = []
        self._known: dict[int, Sequence[Interval]] = {}

    def tell(self, key: int, intervals: Sequence[Interval]) -> int:
        """All intervals of `key` as they are known now; returns since when the counts differ, FOREVER if never."""
        known = self._known.get(key, ())
        same = _common(known, intervals)
        if same == len(known) == len(intervals):
            return FOREVER
        self._known[key] = intervals
        self._remove(known[same:])
        self._add(intervals[same:])
        return min(at_ns for interval in (*known[same : same + 1], *intervals[same : same + 1]) for at_ns in interval)

    def _add(self, intervals: Iterable[Interval]) -> None:
        for came_ns, left_ns in intervals:
            insort(self._came_ns, came_ns)
            insort(self._left_ns, left_ns)

    def _remove(self, intervals: Iterable[Interval]) -> None:
        for came_ns, left_ns in intervals:
            del self._came_ns[bisect_left(self._came_ns, came_ns)]
            del self._left_ns[bisect_left(self._left_ns, left_ns)]

    def count(self, at_ns: int) -> int:
        """How many are there at that moment."""
        return bisect_right(self._came_ns, at_ns) - bisect_right(self._left_ns, at_ns)

    def most(self, from_ns: int, to_ns: int) -> int:
        """The largest count within [from_ns, to_ns): it is reached when somebody has just come."""
        first, last = bisect_left(self._came_ns, from_ns), bisect_left(self._came_ns, to_ns)
        came = self._came_ns[first : last : max(1, (last - first) // LOOKS)] + self._came_ns[first:last][-1:]
        return max(self.count(at_ns) for at_ns in (from_ns, *came))


def _common(some: Sequence[Interval], others: Sequence[Interval]) -> int:
    """How long their common beginning is."""
    for index, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return index
    return min(len(some), len(others))
