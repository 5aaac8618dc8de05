"""Which rows a target's trace is drawn on; grows with the recording, touching only what is new.

in line     how many have come and wait for a worker
lost        who failed or left, and when (only where anybody was)
awaiting    how many the event loops have suspended (only where there are loops); `stalled` while they cannot go on
worker 1    …
worker 2    …

From one visitor to another in the lanes of a target, as the arrow keys go.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.interval_counter import IntervalCounter, LazyIntervalCounter
from asgi_vs_wsgi.scenarios.trace.request_spans import in_line, suspensions
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.tui.drawing.glyphs import IN_LINE, code
from asgi_vs_wsgi.tui.drawing.lanes.bars import Selection
from asgi_vs_wsgi.tui.drawing.lanes.count_row import CountRow, FiguredRow, LostRow, SuspendedRow
from asgi_vs_wsgi.tui.drawing.lanes.request_row import RequestRow
from asgi_vs_wsgi.tui.drawing.lanes.worker_rows import LoopGroup, ThreadGroup, WorkerRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.scenarios.trace.request_spans import RequestSpans
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def rarest_kind(trace: TargetTrace) -> int:
    """The kind with the fewest visitors, as an index into the trace's classes; -1 where all are of one kind."""
    counts = Counter(trace.class_of) if len(trace.classes) > 1 else Counter()
    return min(counts, key=counts.__getitem__) if len(counts) > 1 else -1


def kind_words(trace: TargetTrace, row: int) -> str:
    """` (ordinary)`: the kind of a visitor, and which of its pages it is; "" where all are of one kind and page."""
    kind = [trace.classes[trace.class_of[row]].replace("_", " ")] if len(trace.classes) > 1 else []
    told = ", ".join([*kind, *page_words(trace, row)])
    return f" ({told})" if told else ""


def page_words(trace: TargetTrace, row: int) -> list[str]:
    """`cart: page 2 of 3 of visitor 7`, who goes by the number of its first page; nothing where there is one."""
    found = trace.page_of(row)
    if found is None:
        return []
    place, page = found
    many = len(trace.facts.pages[trace.classes[trace.class_number(row)]])
    name = "" if page.name.isdigit() else f"{page.name.replace('_', ' ')}: "
    return [f"{name}page {place + 1} of {many} of visitor {row + 1 - place}"]


class LaneLayout:
    """All rows of one target. `take` must be told of every visitor that the recording says something new about."""

    def __init__(self, trace: TargetTrace) -> None:
        self.trace = trace
        self.looped = trace.facts.interface == "asgi" or trace.facts.slot == "none"
        """Whether its workers are event loops, which set visitors aside."""
        self.groups: list[WorkerRows] = []
        self.news = 0
        """Another number whenever something of it has changed."""
        self.chosen = Selection()
        self._by_lane: dict[tuple[int, int], WorkerRows] = {}
        self._line = IntervalCounter()
        self._aside = LazyIntervalCounter()
        self.line = CountRow(State.QUEUED.words, self._line, lambda _from, _to: IN_LINE)
        self.aside = SuspendedRow(self._aside, self._aside_role, self.held_up)
        self.lost = LostRow()
        self._dead: set[int] = set()
        self._few = rarest_kind(trace)
        """Whose lines come first within a worker."""
        self._line_unknown = False
        """Whether the line is left blank: nobody who was answered has a record, so nobody is known to stand in it."""

    @property
    def counts(self) -> list[FiguredRow]:
        """The rows above the workers."""
        return [self.line, *[self.lost] * self.lost.is_known, *[self.aside] * self.looped]

    def counts_in(self, lines: int) -> list[FiguredRow]:
        """Those that say most, where only so many have room: who was lost, of whom no bar tells; then the largest.

        By powers of two: two that grow side by side would change places with every other visitor of a run that goes on.
        """
        if lines >= len(self.counts):
            return self.counts
        told = sorted(self.counts, key=lambda row: -_size(row) if isinstance(row, CountRow) else -inf)
        return [row for row in self.counts if row in told[:lines]]

    def mark(self, number: int, *, told: bool = True) -> None:
        """Mark the bars of this visitor (0: nobody's) and of no other; `told`: the story is about this target."""
        self.news += 1
        before, self.chosen.marked = self.chosen.marked, number
        self.chosen.number = number if told else 0
        for each in {before, number} - {0}:
            for group in self.groups:
                group.touch(self.trace.visits.first_id + each - 1)

    def mark_worker(self, index: int) -> None:
        """Point at this worker (0: at none) and at no other."""
        self.news += 1
        for group in self.groups:
            group.mark(marked=group.worker.index == index)

    def kind_of(self, number: int) -> int:
        """Of which class a visitor is, as an index; 0 where all are of one."""
        return self.trace.class_of[number - 1] if len(self.trace.classes) > 1 else 0

    def in_line(self, at_ns: int) -> int:
        """How many have come and no worker has begun them."""
        return self._line.count(at_ns)

    def suspended(self, at_ns: int) -> int:
        """How many are suspended on their loops."""
        return self._aside.count(at_ns)

    def come_to(self, playhead_ns: int) -> None:
        """Know who was suspended until then, so that `counts_in` can tell, whatever of it is in view."""
        self._aside.count(playhead_ns)

    def held_up(self, at_ns: int) -> tuple[int, list[int]]:
        """How many of those cannot go on because their loop is held, and by whom (numbers; 0: its own work)."""
        loops = [each.held_up(at_ns) for each in self.groups if isinstance(each, LoopGroup)]
        return sum(waiting for waiting, _ in loops), [number for waiting, number in loops if waiting]

    def work_ahead(self) -> Iterator[None]:
        """In each step what one visitor's bar is made of: else it is worked out when the bar is first in sight."""
        for group in self.groups:
            for stay, _row in group.stays.values():
                stay.work_out()
                yield
        for crowd in (self._aside, *(group.aside for group in self.groups if isinstance(group, LoopGroup))):
            yield from crowd.work_ahead()

    def update_rows(self, rows: Iterable[int]) -> None:
        """There is news of these visitors (rows of the trace, each once)."""
        self.news += 1
        self._know_workers()
        if self._line_unknown != self.trace.answered_unseen:
            self._line_unknown = self.trace.answered_unseen
            rows = range(len(self.trace.visits))
        rows = list(rows)
        self.lost.take(self.trace.visits, rows)
        begun = [(handling, row) for row in rows if (handling := self._take_one(row)) is not None]
        begun.sort(key=lambda pair: pair[0].begin_ns)
        stepped: dict[LoopGroup, list[RequestRecord]] = {}
        for handling, row in begun:
            group = self._place(handling, row)
            if isinstance(group, LoopGroup):
                stepped.setdefault(group, []).append(handling)
        for group, handlings in stepped.items():
            group.take_steps(handlings)
            self._tell_suspended(group, (group.stays[handling.request][0] for handling in handlings))
        for each in self.groups:
            each.update_beside()
            if isinstance(each, LoopGroup):
                each.take_own_work()

    def _tell_suspended(self, group: LoopGroup, stays: Iterable[RequestSpans]) -> None:
        for stay in stays:
            handling = stay.handling
            request, begin_ns, gaps = handling.request, handling.begin_ns, partial(suspensions, handling, stay.done_ns)
            if stay.over and not self._aside.knows(request):
                group.aside.put_off(request, begin_ns, gaps)
                self._aside.put_off(request, begin_ns, gaps)
                self.aside.touch(begin_ns)
            else:
                known = gaps()
                group.aside.tell(request, known)
                self.aside.touch(self._aside.tell(request, known))

    def _place(self, handling: RequestRecord, row: int) -> WorkerRows:
        group = self._group(handling.worker.pid, handling.lane if self.looped else 0)
        if handling.request not in group.stays:
            group.place(handling, row + 1)
            if self._few >= 0 and self.trace.class_of[row] == self._few:
                group.bring_up(handling.request)
        visits = self.trace.visits
        group.stays[handling.request][0].pieces_ns = visits.pieces.times_ns(row)
        group.news_of(handling.request, visits.done_ns[row], answered=visits.answered(row))
        return group

    def _take_one(self, row: int) -> RequestRecord | None:
        """Count the visitor in or out of the line; its handling, where a worker has begun it."""
        visits, handling = self.trace.visits, self.trace.handling(row)
        left_ns = min(handling.begin_ns if handling else FOREVER, visits.done_ns[row] or FOREVER)
        waits = [] if self._line_unknown else list(in_line(visits, row, left_ns))
        self.line.touch(self._line.tell(row, waits))
        return handling

    def _know_workers(self) -> None:
        """A worker has rows from its hello on; a dead one's requests end."""
        for pid, worker in self.trace.workers.items():
            self._group(pid, 0)
            if worker.died_ns and pid not in self._dead:
                self._dead.add(pid)
                self._bury(pid)

    def _bury(self, pid: int) -> None:
        for (owner, _lane), group in self._by_lane.items():
            if owner == pid:
                group.died()
                if isinstance(group, LoopGroup):
                    self._tell_suspended(
                        group, (stay for stay, _row in group.stays.values() if not stay.handling.end_ns)
                    )

    def _group(self, pid: int, lane: int) -> WorkerRows:
        """The rows of a worker's loop, or of a worker without one (lane 0)."""
        group = self._by_lane.get((pid, lane))
        if group is None:
            worker, first_id = self.trace.workers[pid], self.trace.visits.first_id
            looped = self.looped
            group = LoopGroup(worker, lane, first_id, self.chosen) if looped else ThreadGroup(worker, self.chosen)
            if not lane:
                group.show_beside()
            self._by_lane[pid, lane] = group
            self.groups.append(group)
            self.groups.sort(key=lambda each: each.worker.index)
        return group

    def _aside_role(self, from_ns: int, to_ns: int) -> int:
        """Those who are suspended are awaiting, unless the loops were held for most of the time."""
        held_ns = sum(each.loop_held_ns(from_ns, to_ns) for each in self.groups if isinstance(each, LoopGroup))
        return code(State.STALLED if 2 * held_ns > (to_ns - from_ns) * len(self.groups) else State.AWAITING)


def _size(row: CountRow) -> int:
    """Of its largest count, the power of two."""
    return row.counter.peak_told().bit_length()


def on_next_lane(book: LaneLayout, number: int, steps: int, playhead_ns: int) -> int:
    """The visitor on the lane above (-1) or below (1) that of `number`, at the same time; 0 where there is nobody.

    With nobody chosen yet (0) the first lane, or the last, on which somebody is or was.
    """
    lanes = [row for row in _lanes(book) if row.before(playhead_ns) >= 0]
    if not lanes:
        return 0
    found = [(place, stay) for place, row in enumerate(lanes) for stay in row.stays if stay.number == number]
    if not found:
        return _last_begun(lanes[0 if steps > 0 else -1], playhead_ns)
    place, stay = found[0]
    to_place = max(0, min(len(lanes) - 1, place + steps))
    return number if to_place == place else _last_begun(lanes[to_place], _middle_ns(stay, playhead_ns))


def _lanes(book: LaneLayout) -> list[RequestRow]:
    """Those on which visitors stand, from the top of the pane to its bottom, in view or not."""
    rows = [row for group in book.groups for row in (*group.fixed, *group.lines)]
    return [row for row in rows if isinstance(row, RequestRow)]


def _middle_ns(stay: RequestSpans, playhead_ns: int) -> int:
    """Of what has been shown of it."""
    return (stay.handling.begin_ns + min(stay.end_ns, playhead_ns)) // 2


def _last_begun(row: RequestRow, at_ns: int) -> int:
    """Who was there then, or before, or else the first who came."""
    return row.number(max(0, row.before(at_ns)))


def next_number(number: int, steps: int, visitors: int) -> int:
    """The next visitor, or the one before; 0 (nobody) beyond either end."""
    if not number:
        return 1 if steps > 0 else visitors
    return number + steps if 1 <= number + steps <= visitors else 0
