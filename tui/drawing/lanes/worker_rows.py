"""One worker's rows: which of its requests stands on which line.

an event loop              a WSGI worker
worker 1   █▐█▌ ▐ ▌█▐█      worker 1   ▓▓▓1▓▓▓▒▒▒3▒▒▒
  1        █░░░░░░░░█        thread 2  ▓▓▓2▓▓▓▒▒▒4▒▒▒
  3         █░░░░░░░░█
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from heapq import heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.interval_counter import LazyIntervalCounter
from asgi_vs_wsgi.scenarios.trace.request_spans import RequestSpans
from asgi_vs_wsgi.scenarios.trace.states import FOREVER
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.tui.drawing import glyphs
from asgi_vs_wsgi.tui.drawing.glyphs import glyph
from asgi_vs_wsgi.tui.drawing.lanes.background_rows import ChildProcessRow, OwnThreadRow
from asgi_vs_wsgi.tui.drawing.lanes.request_row import LONG_NS, LoopBusyCells, LoopRow, RequestRow

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord, Slice
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
    from asgi_vs_wsgi.tui.drawing.lanes.background_rows import BackgroundRow
    from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow, Selection

ROOM_FOR_MARK = 8
"""Letters of a name that leave room for a blank and a mark."""
_start = attrgetter("start_ns")
DIED, ENDED = glyph(glyphs.DIED), glyph(glyphs.ENDED)


def end_sign(worker: WorkerTrace) -> str:
    """What its lane ends with: another sign where it died than where it ended because it was told to."""
    return DIED if worker.lost_ns else ENDED


class WorkerRows(ABC):
    """The rows of one worker; `fixed` are always in view, `lines` scroll."""

    def __init__(self, worker: WorkerTrace, chosen: Selection) -> None:
        self.worker = worker
        self.chosen = chosen
        self.marked = False
        self.lines: list[RequestRow] = []
        self.stays: dict[int, tuple[RequestSpans, RequestRow]] = {}
        """Request to where it stands."""
        self._up = 0
        """How many of the lines have been brought up."""
        self._beside: list[BackgroundRow] = []

    @property
    def fixed(self) -> list[BarRow]:
        """The rows that do not scroll: its own, then its views' own threads and processes, where there are any."""
        return [self.first, *(row for row in self._beside if row.is_known)]

    @property
    @abstractmethod
    def first(self) -> BarRow:
        """The row that bears its name."""

    def show_beside(self) -> None:
        """What goes on in it beside requests stands below it."""
        self._beside = [OwnThreadRow(self.worker, self.chosen), ChildProcessRow(self.worker, self.chosen)]

    def update_beside(self) -> None:
        """It may have told more of that."""
        for row in self._beside:
            row.update()

    @property
    def is_one_line(self) -> bool:
        """Whether it has one line, and this tells all that its own row does."""
        return False

    @property
    def name(self) -> str:
        """For people; one that has ended says so, and one whose story is told is pointed at."""
        words = f"worker {self.worker.index}{f' {end_sign(self.worker)}' if self.worker.died_ns else ''}"
        return words + (" ◂" if len(words) <= ROOM_FOR_MARK else "◂") * self.marked

    def mark(self, *, marked: bool) -> None:
        """Point at it, or not any more."""
        self.marked = marked
        self.rename()

    @abstractmethod
    def rename(self) -> None:
        """The row that bears the worker's name bears it as it is now."""

    @abstractmethod
    def place(self, handling: RequestRecord, number: int) -> None:
        """A request begins here."""

    def bring_up(self, request: int) -> None:
        """Its line before those on which nobody stands whose line was brought up."""
        row = self.stays[request][1]
        if row in self.lines[self._up :]:
            self.lines.remove(row)
            self.lines.insert(self._up, row)
            self._up += 1

    def news_of(self, request: int, done_ns: int, *, answered: bool) -> None:
        """Something was said of a request that is here."""
        stay, row = self.stays[request]
        stay.done_ns, stay.answered = done_ns, answered
        row.news_of(stay)

    def touch(self, request: int) -> None:
        """The request's bars are to be drawn anew, if they are here."""
        if request in self.stays:
            stay, row = self.stays[request]
            row.touch(stay.handling.begin_ns)

    def died(self) -> None:
        """The worker is gone: what lasted ended with it, and its row ends with a sign."""
        for stay, row in self.stays.values():
            if not stay.handling.end_ns:
                row.news_of(stay)
        self.first.end_with(self.worker.died_ns, end_sign(self.worker))
        self.rename()


class ThreadGroup(WorkerRows):
    """A WSGI worker: a row for each thread that serves requests (the probe lends a lane number to each)."""

    def __init__(self, worker: WorkerTrace, chosen: Selection) -> None:
        super().__init__(worker, chosen)
        self._rows: dict[int, RequestRow] = {}
        self._first = RequestRow(self.name, None, chosen)

    @property
    def first(self) -> BarRow:
        """That of its first thread."""
        return self._first

    def place(self, handling: RequestRecord, number: int) -> None:
        """A thread takes up a request."""
        row = self._rows.get(handling.lane) or self._new_row(handling.lane)
        stay = RequestSpans(handling, number, tail=False)
        row.begin_request(stay)
        self.stays[handling.request] = (stay, row)

    def _new_row(self, lane: int) -> RequestRow:
        if self._rows:
            row = RequestRow(f" thread {len(self._rows) + 1}", None, self.chosen)
            self.lines.append(row)
        else:
            row = self._first
        self._rows[lane] = row
        return row

    def rename(self) -> None:
        """The first thread's."""
        self._first.name = self.name


class LoopGroup(WorkerRows):
    """An event loop: its steps on one row, its requests packed on rows below, a row used again when it is free."""

    def __init__(self, worker: WorkerTrace, lane: int, first_id: int, chosen: Selection) -> None:
        super().__init__(worker, chosen)
        self.lane = lane
        self._first_id = first_id
        self.loop = LoopRow(self.name, first_id, chosen)
        self.aside = LazyIntervalCounter()
        """Those whom this loop has suspended."""
        self._held: LoopBusyCells | None = None
        self._settled: dict[int, int] = {}
        """Request to how many of its slices are known and over."""
        self._known: dict[int, int] = {}
        """Request to how many of its slices are known."""
        self._closing: dict[int, int] = {}
        """Request to its line, while its end is not known."""
        self._ending: list[tuple[int, int]] = []
        self._free: list[int] = []
        self._slots: list[RequestRow] = []
        """The lines as they came to be: what numbers of lines mean."""

    @property
    def first(self) -> BarRow:
        """The loop itself."""
        return self.loop

    @property
    def is_one_line(self) -> bool:
        """Everybody stands on it, one after another, with all steps."""
        return len(self.lines) == 1

    @property
    def held(self) -> LoopBusyCells | None:
        """When the loop was held; None before its first step."""
        if self._held is None and (occupancy := self.worker.loops.get(self.lane)):
            self._held = LoopBusyCells(occupancy)
        return self._held

    def place(self, handling: RequestRecord, number: int) -> None:
        """The lowest line that is free takes the request."""
        line = self._free_line(handling.begin_ns)
        stay = RequestSpans(handling, number, tail=True)
        self._slots[line].begin_request(stay)
        self.stays[handling.request] = (stay, self._slots[line])
        self._closing[handling.request] = line
        self._note_end(handling)

    def _free_line(self, at_ns: int) -> int:
        while self._ending and self._ending[0][0] <= at_ns:
            heappush(self._free, heappop(self._ending)[1])
        if self._free:
            return heappop(self._free)
        self._slots.append(RequestRow("", self.held, self.chosen))
        self.lines.append(self._slots[-1])
        return len(self._slots) - 1

    def _note_end(self, handling: RequestRecord) -> None:
        """A request whose end has become known will free its line."""
        if handling.end_ns and handling.request in self._closing:
            heappush(self._ending, (handling.end_ns, self._closing.pop(handling.request)))

    def news_of(self, request: int, done_ns: int, *, answered: bool) -> None:
        """Its end may be known now."""
        super().news_of(request, done_ns, answered=answered)
        self._note_end(self.stays[request][0].handling)

    def touch(self, request: int) -> None:
        """The loop's row has bars of it too."""
        super().touch(request)
        if request in self.stays:
            self.loop.touch(self.stays[request][0].handling.begin_ns)

    def loop_held_ns(self, from_ns: int, to_ns: int) -> int:
        """For how long its steps held the loop."""
        return self.held.loop.held_ns(from_ns, to_ns) if self.held else 0

    def held_up(self, at_ns: int) -> tuple[int, int]:
        """How many are suspended while one holds the loop for long, and the number of that one; (0, 0) for none.

        The loop's own work has the number 0.
        """
        occupancy = self.worker.loops.get(self.lane)
        holds = occupancy.holder(at_ns, LONG_NS) if occupancy else 0
        waiting = self.aside.count(at_ns) if holds >= self._first_id else 0
        number = 0 if holds == OWN_WORK else holds - self._first_id + 1
        return (waiting, number) if waiting else (0, 0)

    def take_own_work(self) -> None:
        """What there is new of what the loop does for no request."""
        own, slices = self.worker.own_work, self.worker.own_work.slices
        if len(slices) > min(self._known.get(OWN_WORK, 0), self._settled.get(OWN_WORK, 0)):
            self.take_steps([own])

    def take_steps(self, handlings: list[RequestRecord]) -> None:
        """New steps of these requests: the loop's row grows, and what its waits meant may have changed."""
        since_ns = min((self._changed_since(each) for each in handlings), default=FOREVER)
        self.loop.extend([slice_ for handling in handlings for slice_ in self._fresh(handling)])
        self.loop.touch(since_ns)
        if self.held is not None:
            self.held.forget(since_ns)
        for row in self.lines:
            row.held = self.held
            row.touch(since_ns)

    def _changed_since(self, handling: RequestRecord) -> int:
        """When the first of its slices begins that may be new, or over, or looked at once more."""
        slices = handling.slices
        settled = self._settled.get(handling.request, 0)
        since_ns = min(map(_start, slices[max(0, settled - 1) :]), default=FOREVER)
        ends_ns = [each.end_ns for each in slices[settled:]]
        self._settled[handling.request] = settled + (ends_ns.index(0) if 0 in ends_ns else len(ends_ns))
        return since_ns

    def _fresh(self, handling: RequestRecord) -> list[Slice]:
        known = self._known.get(handling.request, 0)
        self._known[handling.request] = len(handling.slices)
        return [each for each in handling.slices[known:] if each.on_loop and each.lane == self.lane]

    def rename(self) -> None:
        """The loop's."""
        self.loop.name = self.name
