"""How many are somewhere at each moment, from when each came and left; both may be told late, or be corrected.

Sums over the first visits, for any number of them: a playhead goes both ways.

The most requests that an application was in at once, until any moment: a playhead goes both ways.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, MostAtOnce, handlings_of
from asgi_vs_wsgi.scenarios.results import InFlight
from asgi_vs_wsgi.scenarios.trace.states import FOREVER

if TYPE_CHECKING:
    from collections.abc import Collection

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


LOOKS = 64
"""How many of those who come within one column are looked at."""
FEW = 16
"""So many newcomers are put in their places one by one; more are sorted in, all at once."""


class IntervalCounter:
    """Intervals of many keys (requests), each of which may have several, one after another; FOREVER while it lasts."""

    def __init__(self) -> None:
        self._came_ns: list[int] = []
        self._left_ns: list[int] = []
        self._fresh: list[Interval] = []
        """Not yet among the sorted ones."""
        self._known: dict[int, Sequence[Interval]] = {}
        self._peaks: list[int] = []
        """The most until each of the first so many of those who came has come."""

    def tell(self, key: int, intervals: Sequence[Interval]) -> int:
        """All intervals of `key` as they are known now; returns since when the counts differ, FOREVER if never."""
        known = self._known.get(key)
        if known is None:
            return self._meet(key, intervals)
        same = _common(known, intervals)
        if same == len(known) == len(intervals):
            return FOREVER
        self._known[key] = intervals
        since_ns = _since(known[same : same + 1], intervals[same : same + 1])
        self._forget_peaks(since_ns)
        self._remove(known[same:])
        self._fresh.extend(intervals[same:])
        return since_ns

    def knows(self, key: int) -> bool:
        """Whether it has been told of."""
        return key in self._known

    def _meet(self, key: int, intervals: Sequence[Interval]) -> int:
        """Somebody of whom nothing was known; as `tell`."""
        if not intervals:
            return FOREVER
        self._known[key] = intervals
        self._forget_peaks(intervals[0][0])
        self._fresh.extend(intervals)
        return min(intervals[0])

    def _forget_peaks(self, since_ns: int) -> None:
        """Counts before then stay as they are."""
        if self._peaks:
            del self._peaks[bisect_left(self._came_ns, since_ns) :]

    def peak(self, until_ns: int) -> int:
        """The largest count at any moment until then, both included: exact, and worked out once for each newcomer."""
        if self._fresh:
            self._sort_in()
        came = self._came_ns
        until = bisect_right(came, until_ns)
        for place in range(len(self._peaks), until):
            before = self._peaks[-1] if self._peaks else 0
            self._peaks.append(max(before, IntervalCounter.count(self, came[place])))
        return self._peaks[until - 1] if until else 0

    def peak_told(self) -> int:
        """The largest count of those told of so far."""
        return IntervalCounter.peak(self, FOREVER)

    def _sort_in(self) -> None:
        """A recording that is opened whole tells of everybody at once; a live one of a few in each frame."""
        few = len(self._fresh) <= FEW
        for sorted_ns, fresh in zip((self._came_ns, self._left_ns), zip(*self._fresh, strict=True), strict=False):
            if few:
                for at_ns in fresh:
                    insort(sorted_ns, at_ns)
            else:
                sorted_ns.extend(fresh)
                sorted_ns.sort()
        self._fresh.clear()

    def _remove(self, intervals: Sequence[Interval]) -> None:
        if intervals:
            self._sort_in()
        for came_ns, left_ns in intervals:
            del self._came_ns[bisect_left(self._came_ns, came_ns)]
            del self._left_ns[bisect_left(self._left_ns, left_ns)]

    def count(self, at_ns: int) -> int:
        """How many are there at that moment."""
        if self._fresh:
            self._sort_in()
        return bisect_right(self._came_ns, at_ns) - bisect_right(self._left_ns, at_ns)

    def came_and_left(self) -> tuple[Sequence[int], Sequence[int]]:
        """When somebody came, and when somebody left, each in order: FOREVER of whoever is still there."""
        self._sort_in()
        return self._came_ns, self._left_ns

    def most(self, from_ns: int, to_ns: int) -> int:
        """The largest count within [from_ns, to_ns): it is reached when somebody has just come."""
        self._sort_in()
        first, last = bisect_left(self._came_ns, from_ns), bisect_left(self._came_ns, to_ns)
        came = self._came_ns[first : last : max(1, (last - first) // LOOKS)] + self._came_ns[first:last][-1:]
        return max(self.count(at_ns) for at_ns in (from_ns, *came))


def _since(known: Sequence[Interval], told: Sequence[Interval]) -> int:
    """Since when the counts differ where one interval takes another's place; either may be missing."""
    if known and told and known[0][0] == told[0][0]:
        return min(known[0][1], told[0][1])
    return min(at_ns for interval in (*known, *told) for at_ns in interval)


def _common(some: Sequence[Interval], others: Sequence[Interval]) -> int:
    """How long their common beginning is."""
    for index, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return index
    return min(len(some), len(others))


Telling = Callable[[], Sequence[Interval]]


class LazyIntervalCounter(IntervalCounter):
    """As IntervalCounter; `put_off` instead of `tell` for those of whom everything is known."""

    def __init__(self) -> None:
        super().__init__()
        self._later: list[tuple[int, int, Telling]] = []
        """(not before, key, its intervals), the earliest last."""
        self._in_order = True

    @property
    def put_off_yet(self) -> int:
        """How many are still to be told of."""
        return len(self._later)

    def put_off(self, key: int, from_ns: int, telling: Telling) -> None:
        """The intervals of `key`, none of which begins before `from_ns`."""
        self._later.append((from_ns, key, telling))
        self._in_order = False

    def count(self, at_ns: int) -> int:
        """How many are there at that moment."""
        self._come_to(at_ns)
        return super().count(at_ns)

    def most(self, from_ns: int, to_ns: int) -> int:
        """The largest count within [from_ns, to_ns)."""
        self._come_to(to_ns)
        return super().most(from_ns, to_ns)

    def peak(self, until_ns: int) -> int:
        """The largest count until then; of `peak_told` nobody who was put off is worked out."""
        self._come_to(until_ns)
        return super().peak(until_ns)

    def _come_to(self, at_ns: int) -> None:
        self._sort()
        while self._later and self._later[-1][0] <= at_ns:
            self._tell_next()

    def _sort(self) -> None:
        if not self._in_order:
            self._later.sort(key=itemgetter(0), reverse=True)
            self._in_order = True

    def _tell_next(self) -> None:
        _from_ns, key, telling = self._later.pop()
        self.tell(key, telling())

    def work_ahead(self) -> Iterator[None]:
        """One of those put off in each step."""
        while self._later:
            self._sort()
            self._tell_next()
            yield


class PrefixSums:
    """Running totals of vectors, one for each visit that has an entry."""

    def __init__(self, width: int) -> None:
        self._totals: list[list[int]] = [[0] * width]
        self._places: list[int] = []

    def add(self, place: int, values: Sequence[int]) -> None:
        """The visit in `place` (ascending) adds these."""
        self._places.append(place)
        self._totals.append([so_far + more for so_far, more in zip(self._totals[-1], values, strict=True)])

    def count(self, visits: int) -> int:
        """How many of the first `visits` have an entry."""
        return bisect_right(self._places, visits - 1)

    def totals_of_first(self, visits: int) -> list[int]:
        """The totals over the first `visits`."""
        return self._totals[self.count(visits)]


class InFlightPeak:
    """Of one trace; counted anew when its workers have told more."""

    def __init__(self, trace: TargetTrace, rows: Collection[int] | None = None) -> None:
        """Of the visitors in `rows` alone, where they are given."""
        self._trace = trace
        self._rows = rows
        self._events = -1
        self._together = MostAtOnce(())
        self._by_worker: list[MostAtOnce] = []

    def until(self, at_ns: int) -> InFlight:
        """Over the target, and in one worker."""
        events = sum(worker.events for worker in self._trace.workers.values())
        if events != self._events:
            self._events = events
            self._count()
        return InFlight(self._together.until(at_ns), max((one.until(at_ns) for one in self._by_worker), default=0))

    def _count(self) -> None:
        by_worker = [self._handled(worker) for worker in self._trace.workers.values()]
        self._together = MostAtOnce(interval for intervals in by_worker for interval in intervals)
        self._by_worker = [MostAtOnce(intervals) for intervals in by_worker]

    def _handled(self, worker: WorkerTrace) -> list[Interval]:
        """From the application's entry to its end, or to its process's."""
        first, rows = self._trace.visits.first_id, self._rows
        return [
            (each.begin_ns, each.end_ns or worker.died_ns or FOREVER)
            for each in handlings_of(self._trace, worker)
            if rows is None or each.request - first in rows
        ]
