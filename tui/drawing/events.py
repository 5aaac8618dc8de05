"""What happened to visitors, moment by moment: for stepping from one event to the next.

Every moment is a time that the driver or a worker recorded; nothing is put between them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

ENDS = ("", "has the answer", "fails", "leaves")
"""By outcome, as in asgi_vs_wsgi.scenarios.load.visits."""


class Event(NamedTuple):
    """One event; `at_ns` is absolute."""

    at_ns: int
    row: int
    what: str

    @property
    def words(self) -> str:
        """`visitor 12 begins`."""
        return f"visitor {self.row + 1} {self.what}"


class Moments:
    """Those of one target in their order; listed anew when more is recorded."""

    def __init__(self, trace: TargetTrace) -> None:
        self._trace = trace
        self._known = (-1, -1)
        self._all: list[Event] = []

    def after(self, at_ns: int) -> Event | None:
        """The first one later than that."""
        moments = self._listed()
        place = bisect_right(moments, at_ns, key=_at)
        return moments[place] if place < len(moments) else None

    def before(self, at_ns: int) -> Event | None:
        """The last one earlier than that."""
        moments = self._listed()
        place = bisect_left(moments, at_ns, key=_at)
        return moments[place - 1] if place else None

    def _listed(self) -> list[Event]:
        trace = self._trace
        known = (sum(worker.events for worker in trace.workers.values()), len(trace.visits) - _pending(trace))
        if known != self._known:
            self._known = known
            self._all = sorted(moment for row in range(len(trace.visits)) for moment in _of(trace, row))
        return self._all


def _pending(trace: TargetTrace) -> int:
    return trace.visits.outcome.count(0)


def _of(trace: TargetTrace, row: int) -> list[Event]:
    visits, handling = trace.visits, trace.handling(row)
    found = [(visits.sent_ns[row], "is in line"), (visits.done_ns[row], ENDS[visits.outcome[row]])]
    if handling is not None:
        found.append((handling.begin_ns, "is taken up by a worker"))
        found.append((handling.response_start_ns, "begins to be answered"))
        found.append((handling.end_ns, "is done with by the worker"))
    return [Event(at_ns, row, what) for at_ns, what in found if at_ns]


def _at(moment: Event) -> int:
    return moment.at_ns
