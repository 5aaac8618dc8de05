"""In which order the visitors of a target stand in a waterfall: sorted for what is recorded, not for each frame.

arrival     a prefix of all, by their intended start
end         a prefix of all, by their end; then who has not ended, by arrival
duration    who has ended, the longest first; who has not is put where it belongs by how long it has taken so far
worker      worker by worker, in the order in which each began them; then who has not been begun
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import compress
from operator import attrgetter, sub
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of
from asgi_vs_wsgi.scenarios.trace.state_spans import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

ORDERS = ("arrival", "end", "duration", "worker")


class WaterfallOrder:
    """Of one target; its rows are those of the trace."""

    def __init__(self, trace: TargetTrace) -> None:
        self._trace = trace
        self._known = (-1, -1, -1)
        self._sorted: dict[str, list[int]] = {}
        """By order, all who are known to come."""
        self._asked: tuple[str, int] = ("", 0)
        self._answer: list[int] = []

    def rows(self, order: str, playhead_ns: int) -> list[int]:
        """Those who have come by then, as far as they are known then."""
        self._look()
        if (order, playhead_ns) != self._asked:
            self._asked = (order, playhead_ns)
            at: dict[str, Callable[[int], list[int]]] = {
                "end": self._by_end,
                "duration": self._by_duration,
                "worker": self._by_worker,
            }
            self._answer = at.get(order, self._by_arrival)(playhead_ns)
        return self._answer

    def _look(self) -> None:
        """What was sorted is out of order when more is recorded."""
        visits = self._trace.visits
        events = sum(worker.events for worker in self._trace.workers.values())
        known = (visits.intended_ns.count(0), visits.done_ns.count(0), events)
        if known != self._known:
            self._known, self._asked = known, ("", 0)
            self._sorted.clear()

    def _all(self, order: str, arrange: Callable[[], list[int]]) -> list[int]:
        if order not in self._sorted:
            self._sorted[order] = arrange()
        return self._sorted[order]

    # ---- by arrival

    def _by_arrival(self, playhead_ns: int) -> list[int]:
        rows, intended = self._arrivals(), self._trace.visits.intended_ns
        return rows[: bisect_left(rows, playhead_ns, key=intended.__getitem__)]

    def _arrivals(self) -> list[int]:
        intended = self._trace.visits.intended_ns
        return self._all("arrival", lambda: sorted(compress(range(len(intended)), intended), key=intended.__getitem__))

    def _lasting(self, playhead_ns: int) -> list[int]:
        done = self._trace.visits.done_ns
        return [row for row in self._by_arrival(playhead_ns) if not 0 < done[row] <= playhead_ns]

    # ---- by end

    def _by_end(self, playhead_ns: int) -> list[int]:
        done = self._trace.visits.done_ns
        rows = self._all("end", lambda: sorted(filter(done.__getitem__, self._arrivals()), key=done.__getitem__))
        ended = rows[: bisect_right(rows, playhead_ns, key=done.__getitem__)]
        return self._come(ended, playhead_ns) + self._lasting(playhead_ns)

    def _come(self, rows: list[int], playhead_ns: int) -> list[int]:
        """Without those whose intended start is not yet there, whatever else is known of them."""
        intended = self._trace.visits.intended_ns
        return [row for row in rows if 0 < intended[row] < playhead_ns]

    # ---- by duration

    def _by_duration(self, playhead_ns: int) -> list[int]:
        """The order of the ended is kept; among them each of the others is put in its place."""
        visits = self._trace.visits
        longest = self._all("duration", self._longest_first)
        ended = [row for row in longest if visits.done_ns[row] <= playhead_ns and visits.intended_ns[row] < playhead_ns]
        rows: list[int] = []
        low = 0
        for row in self._lasting(playhead_ns):
            key = (visits.intended_ns[row] - playhead_ns, visits.intended_ns[row], row)
            place = bisect_left(ended, key, low, key=self._length_key)
            rows += ended[low:place]
            rows.append(row)
            low = place
        return rows + ended[low:]

    def _longest_first(self) -> list[int]:
        visits = self._trace.visits
        lengths_ns = list(map(sub, visits.intended_ns, visits.done_ns))
        return sorted(filter(visits.done_ns.__getitem__, self._arrivals()), key=lengths_ns.__getitem__)

    def _length_key(self, row: int) -> tuple[int, int, int]:
        """Who took as long stands by arrival."""
        visits = self._trace.visits
        return visits.intended_ns[row] - visits.done_ns[row], visits.intended_ns[row], row

    # ---- by worker

    def _by_worker(self, playhead_ns: int) -> list[int]:
        begin_ns = self._begun()
        rows = [row for row in self._all("worker", self._worker_by_worker) if begin_ns[row] <= playhead_ns]
        waiting = [row for row in self._by_arrival(playhead_ns) if begin_ns[row] > playhead_ns]
        return self._come(rows, playhead_ns) + waiting

    def _worker_by_worker(self) -> list[int]:
        first_id, rows = self._trace.visits.first_id, []
        for worker in self._trace.workers.values():
            handled = sorted(handlings_of(self._trace, worker), key=attrgetter("begin_ns"))
            rows += [each.request - first_id for each in handled]
        return rows

    def _begun(self) -> list[int]:
        """Row to when a worker began it, FOREVER where none has."""
        return self._all("begun", self._beginnings)

    def _beginnings(self) -> list[int]:
        begun = [FOREVER] * len(self._trace.visits)
        for worker in self._trace.workers.values():
            for each in handlings_of(self._trace, worker):
                begun[each.request - self._trace.visits.first_id] = each.begin_ns
        return begun
