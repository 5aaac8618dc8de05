"""What happened to visitors, workers and servers, moment by moment: for stepping from one event to the next.

Every moment is a time that the driver or a worker recorded; nothing is put between them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

ENDS = ("", "has the answer", "fails", "leaves")
"""By outcome, as in asgi_vs_wsgi.scenarios.load.visits."""


class Event(NamedTuple):
    """One event; `at_ns` is absolute."""

    at_ns: int
    row: int
    """The visitor's, or one of no visitor: SERVER."""
    what: str

    @property
    def words(self) -> str:
        """`visitor 12 begins`, `worker 1 is gone: recycled`."""
        return self.what if self.row == SERVER else f"visitor {self.row + 1} {self.what}"


SERVER = -1
DONE_TO_SERVER = {"reload": "is reloaded", "stop": "is told to stop"}
DONE_TO_WORKER = {"worker-stop": "is told to end", "pause": "is paused", "resume": "goes on"}


def happened(trace: TargetTrace) -> list[tuple[int, str]]:
    """(when, word) of what was done to the server, absolute: what stands on the time axis."""
    return [(event.done_ns, event.do) for event in trace.events if event.done_ns]


def server_moments(trace: TargetTrace) -> Iterator[Event]:
    """What was done to the server, and the ends and beginnings of workers while it was measured."""
    start_ns = min(filter(None, trace.visits.intended_ns), default=0)
    for event in trace.events:
        if event.done_ns and (words := DONE_TO_SERVER.get(event.do)):
            yield Event(event.done_ns, SERVER, f"the server {words}")
        elif event.done_ns and (worker := trace.workers.get(event.worker)):
            yield Event(event.done_ns, SERVER, f"worker {worker.index} {DONE_TO_WORKER[event.do]}")
    for worker in trace.workers.values():
        if worker.died_ns:
            how = "died" if worker.lost_ns else f"is gone: {worker.fate.ended}"
            yield Event(worker.died_ns, SERVER, f"worker {worker.index} {how}")
        if worker.fate.hello_ns > start_ns:
            yield Event(worker.fate.hello_ns, SERVER, f"worker {worker.index} is ready")


class Moments:
    """Those of one target in their order; listed anew when more is recorded."""

    def __init__(self, trace: TargetTrace) -> None:
        self._trace = trace
        self._known = (-1, -1, -1)
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
        workers = trace.workers.values()
        ends = len(trace.events) + sum(bool(worker.died_ns) for worker in workers)
        known = (sum(worker.events for worker in workers), len(trace.visits) - _pending(trace), ends)
        if known != self._known:
            self._known = known
            of_visitors = (moment for row in range(len(trace.visits)) for moment in _of(trace, row))
            self._all = sorted([*of_visitors, *server_moments(trace)])
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
