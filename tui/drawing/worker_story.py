"""One worker's story in words, from what it has reported until a moment.

Worker 2 of 2: 16 visitors, busy for 99% of 3.23 s, blocked for 3.20 s, most of it at views.py:10 sync_page; no
request in its application for 28 ms. Now it has visitor 14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.background_work import BesideRequests, beside_words
from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of
from asgi_vs_wsgi.scenarios.analysis.worker_time import WorkerTime, WorkerTimeSoFar
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.trace.states import FOREVER
from asgi_vs_wsgi.scenarios.wording import count, nanoseconds
from asgi_vs_wsgi.scenarios.wording import share as share_words
from asgi_vs_wsgi.tui.drawing.visitor_story import WORTH_TELLING_NS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


OWN_WORK_TOLD = 0.02
"""Of the time: a busy server's own short work is no news."""
WHY_ENDED = {
    "recycled": "it had had its number of requests",
    "reloaded": "the server was reloaded",
    "stopped": "it was to stop",
}
FEW = 3
"""So many visitors are told by their numbers."""


class WorkerStory:
    """Of one worker of a trace that may still grow."""

    def __init__(self, trace: TargetTrace, worker: WorkerTrace) -> None:
        self.trace = trace
        self.worker = worker
        self._time = WorkerTime(trace, worker)
        self._beside = BesideRequests(trace, worker)

    def words(self, at_ns: int) -> str:
        """What it has been through until `at_ns` (absolute)."""
        name = self._name()
        start_ns = min(filter(None, self.trace.visits.intended_ns), default=at_ns)
        if at_ns <= start_ns:
            return f"{name} waits for the first visitor."
        until_ns = self._until_ns(at_ns)
        return " ".join([f"{name}: {self._did(until_ns, until_ns - start_ns)}.", *self._more(until_ns, start_ns)])

    def _name(self) -> str:
        """Where one took the place of one that died there are more of them than there are at a time."""
        workers, known = self.trace.facts.workers, len(self.trace.workers)
        return f"Worker {self.worker.index}{f' of {workers}' if known <= workers else ''}"

    def _until_ns(self, at_ns: int) -> int:
        """The moment, or the last end where everybody has ended by then, as in the figures of the run."""
        ends = self.trace.visits.done_ns
        last_ns = max(ends, default=0)
        return last_ns if all(ends) and last_ns < at_ns else at_ns

    def _did(self, until_ns: int, elapsed_ns: int) -> str:
        so_far = self._time.until(until_ns)
        busy = f"busy for {share_words(so_far.busy_ns / elapsed_ns)} of {nanoseconds(elapsed_ns)}"
        parts = [count(so_far.requests, "visitor"), busy, *self._blocked(so_far, until_ns)]
        if 0 < self.worker.died_ns <= until_ns:
            return ", ".join(parts)
        # A worker that reads a request which is not whole yet is not in its application: it is not idle either.
        looped = self.trace.facts.interface == "asgi" or self.trace.facts.loop
        free = f"no request {'on its loop or in a thread' if looped else 'in its application'}"
        return f"{', '.join(parts)}; {free} for {nanoseconds(elapsed_ns - so_far.busy_ns)}"

    def _blocked(self, so_far: WorkerTimeSoFar, until_ns: int) -> Iterator[str]:
        if so_far.blocked_ns is None:
            where, time_ns = self._time.blocked_at(until_ns)
            yield f"blocked or stalled{f', longest at {where} ({nanoseconds(time_ns)})' if where else ''}"
            return
        if so_far.blocked_ns < WORTH_TELLING_NS:
            return
        where, time_ns = self._time.blocked_at(until_ns)
        most = "all" if time_ns > 0.99 * so_far.blocked_ns else "most" if time_ns > so_far.blocked_ns / 2 else ""
        yield f"blocked for {nanoseconds(so_far.blocked_ns)}" + (f", {most} of it at {where}" if where and most else "")

    def _more(self, until_ns: int, start_ns: int) -> Iterator[str]:
        longest_ns = self._time.until(until_ns).longest_ns
        if longest_ns is not None and longest_ns >= WORTH_TELLING_NS:
            yield f"Its event loop was held for up to {nanoseconds(longest_ns)} without a break."
        own_ns, where = self._time.own_work(until_ns)
        if own_ns >= OWN_WORK_TOLD * (until_ns - start_ns):
            most = f", most of it at {where}" if where else ""
            yield f"That loop worked outside any request for {nanoseconds(own_ns)}{most}."
        if beside := beside_words(self._beside.own_threads(until_ns), self._beside.child_processes(until_ns)):
            yield f"{beside[0].upper()}{beside[1:]}."
        if 0 < self.worker.died_ns <= until_ns:
            yield self._end_words(start_ns)
        elif here := self._here(until_ns):
            numbers = f"visitor{'s' if len(here) > 1 else ''} {', '.join(map(str, here))}"
            yield f"Now it has {numbers if len(here) <= FEW else count(len(here), 'visitor')}."

    def _end_words(self, start_ns: int) -> str:
        """How it ended, and from when on it was to."""
        after = f"after {nanoseconds(self.worker.died_ns - start_ns)}"
        told_ns, ended = self.worker.fate.told_ns, self.worker.fate.ended
        if self.worker.lost_ns or not told_ns:
            return f"It died {after}."
        why = WHY_ENDED.get(ended, ended)
        return f"It ended {after}, as it was told to {nanoseconds(self.worker.died_ns - told_ns)} before: {why}."

    def _here(self, at_ns: int) -> list[int]:
        """The numbers of those whom it is not done with, but for those who have their answer."""
        first = self.trace.visits.first_id
        handlings = handlings_of(self.trace, self.worker)
        rows = [h.request - first for h in handlings if h.begin_ns <= at_ns < (h.end_ns or FOREVER)]
        return sorted(row + 1 for row in rows if not self._answered(row, at_ns))

    def _answered(self, row: int, at_ns: int) -> bool:
        visits = self.trace.visits
        return visits.outcome[row] == DONE and 0 < visits.done_ns[row] <= at_ns
