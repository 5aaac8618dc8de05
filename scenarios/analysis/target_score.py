"""The score of one target at the playhead: how many are done, and how long the slow ones took."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.unserved import is_page
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class TargetScore(NamedTuple):
    """`p95_ns` is over those that were answered so far, 0 while there are none; `lost` went without an
    answer, `left` on purpose, before it came; `no_page` of those who are done were answered what they did not
    come for.

    It is asked for in every frame and follows the playhead, where ProgressiveFigures work out any moment anew.
    """

    done: int
    planned: int
    lost: int
    p95_ns: int
    left: int = 0
    no_page: int = 0


_FEW = 64
"""So many are put in their places one by one; more are sorted in, all at once."""


class ScoreCounter:
    """Follows the playhead forth and back: each visit is counted as it is passed."""

    def __init__(self, trace: TargetTrace) -> None:
        self._visits, self._expected = trace.visits, trace.expected
        self._ends: list[tuple[int, int]] = []
        """(done_ns, row) in order."""
        self._known: set[int] = set()
        self._passed = 0
        self._latencies_ns: list[int] = []
        self._lost = self._left = self._no_page = 0

    def update_rows(self, rows: Iterable[int]) -> None:
        """There is news of these visitors."""
        done_ns = self._visits.done_ns
        ended = [(at_ns, row) for row in rows if (at_ns := done_ns[row]) and row not in self._known]
        if not ended:
            return
        self._known.update(row for _, row in ended)
        if self._passed and min(ended)[0] <= self._ends[self._passed - 1][0]:
            self._rewind()
        if len(ended) < _FEW:
            for end in ended:
                insort(self._ends, end)
        else:
            self._ends.extend(ended)
            self._ends.sort()

    def _rewind(self) -> None:
        self._passed = self._lost = self._left = self._no_page = 0
        self._latencies_ns.clear()

    def score(self, playhead_ns: int) -> TargetScore:
        """The score then."""
        until = bisect_right(self._ends, (playhead_ns, 1 << 62))
        self._pass(until)
        latencies = self._latencies_ns
        p95_ns = nearest_rank(latencies, 95) if latencies else 0
        return TargetScore(len(latencies), len(self._visits.outcome), self._lost, p95_ns, self._left, self._no_page)

    def _pass(self, until: int) -> None:
        """Forth or back to so many ends."""
        if until < self._passed // 2:
            self._rewind()
        low, high = sorted((self._passed, until))
        rows = [row for _, row in self._ends[low:high]]
        visits, latencies = self._visits, self._latencies_ns
        changed = [visits.done_ns[row] - visits.intended_ns[row] for row in rows if visits.outcome[row] == DONE]
        left = sum(visits.outcome[row] == CANCELLED for row in rows)
        lost = len(rows) - len(changed) - left
        no_page = sum(
            visits.outcome[row] == DONE and not is_page(visits.status[row], self._expected(row)) for row in rows
        )
        if until < self._passed:
            for latency_ns in changed:
                del latencies[bisect_left(latencies, latency_ns)]
        elif len(changed) < _FEW:
            for latency_ns in changed:
                insort(latencies, latency_ns)
        else:
            latencies.extend(changed)
            latencies.sort()
        sign = 1 if until >= self._passed else -1
        self._lost += sign * lost
        self._left += sign * left
        self._no_page += sign * no_page
        self._passed = until

    @property
    def last_end_ns(self) -> int:
        """When the last visit that is known to have ended did, 0 for none."""
        return self._ends[-1][0] if self._ends else 0

    @property
    def complete(self) -> bool:
        """Whether every visitor has ended."""
        return len(self._ends) == len(self._visits.outcome)
