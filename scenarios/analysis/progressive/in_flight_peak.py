"""The most requests that an application was in at once, until any moment: a playhead goes both ways."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


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

    def means(self, visits: int) -> list[float] | None:
        """Per entry, None where there is none."""
        entries = self.count(visits)
        return [total / entries for total in self.totals_of_first(visits)] if entries else None


Peaks = tuple[list[int], list[int]]
"""Moments, and the most until then."""


class InFlightPeak:
    """Of one trace; counted anew when its workers have told more."""

    def __init__(self, trace: TargetTrace) -> None:
        self._trace = trace
        self._events = -1
        self._all: Peaks = ([], [])
        self._by_worker: list[Peaks] = []

    def most(self, until_ns: int) -> tuple[int, int]:
        """(in all workers together, in one worker)."""
        events = sum(worker.events for worker in self._trace.workers.values())
        if events != self._events:
            self._events = events
            self._count()
        return _until(self._all, until_ns), max((_until(one, until_ns) for one in self._by_worker), default=0)

    def _count(self) -> None:
        by_worker = []
        for worker in self._trace.workers.values():
            edges = [(h.begin_ns, 1) for h in handlings_of(self._trace, worker)]
            edges += [(end, -1) for h in handlings_of(self._trace, worker) if (end := h.end_ns or worker.died_ns)]
            by_worker.append(edges)
        self._all = _peaks(edge for edges in by_worker for edge in edges)
        self._by_worker = [_peaks(edges) for edges in by_worker]


def _peaks(edges: Iterable[tuple[int, int]]) -> Peaks:
    moments, peaks, now, most = [], [], 0, 0
    for at_ns, change in sorted(edges):
        now += change
        if now > most:
            most = now
            moments.append(at_ns)
            peaks.append(most)
    return moments, peaks


def _until(peaks: Peaks, until_ns: int) -> int:
    place = bisect_right(peaks[0], until_ns)
    return peaks[1][place - 1] if place else 0
