"""In which order the visitors of a target stand in a waterfall: sorted for what is recorded, not for each frame.

arrival     a prefix of all, by their intended start
end         a prefix of all, by their end; then who has not ended, by arrival
duration    who has ended, the longest first; who has not is put where it belongs by how long it has taken so far
worker      worker by worker, in the order in which each began them; then who has not been begun

A row for each visitor, as a browser's Network panel draws requests; its “waiting” is two parts here.

1 w1  ───────▒                         0.20 s
2 w2  ───────▒                         0.20 s
3 w2  ·······────────▒                 0.40 s      a staircase: in line until a worker was free
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import compress, pairwise
from operator import attrgetter, sub
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.scenarios.wording import nanoseconds
from asgi_vs_wsgi.tui.drawing.glyphs import FIRST_BYTE, IN_LINE, LAST_BYTE, Cell, cells_of, code, put_ticks, ticks_of
from asgi_vs_wsgi.tui.drawing.lanes.pane import fair_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.drawing.time_axis import Window


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


PARTS = (
    ("late", code(State.LATE)),
    ("connecting", code(State.CONNECTING)),
    ("in line", IN_LINE),
    ("first byte", FIRST_BYTE),
    ("last byte", LAST_BYTE),
)
"""In the order in which they happen; `late` only a load driver knows, and `in line` only who looks into the workers."""
MEANING = (
    "Bars that end together were served side by side; bars that end one after another, a staircase, waited for one "
    "another: in line, or inside a worker."
)
IN_A_BROWSER = (
    "First byte: until it came; last byte: all after it. In a browser: serve the scenario, open the developer tools, "
    "Network, and load the page in several tabs at once. Its “waiting” (TTFB) is in line and first byte in one; the "
    "Performance panel shows what the page's own scripts do."
)


def bar(trace: TargetTrace, row: int, window: Window, playhead_ns: int) -> list[Cell]:
    """The cells of one visitor's bar, up to the playhead."""
    subs = bytearray(window.subs)
    marks = _marks(trace, row, playhead_ns)
    for (_name, role), (from_ns, to_ns) in zip(PARTS, pairwise(marks), strict=True):
        low, high = window.sub(from_ns), window.sub(to_ns)
        subs[low:high] = bytes((role,)) * (high - low)
    if window.sub(marks[0]) == window.sub(marks[-1]) < window.subs and marks[0] >= window.start_ns:
        subs[window.sub(marks[0])] = FIRST_BYTE  # whoever was here is seen
    cells = cells_of(subs, 0, window.columns)
    if times_ns := trace.visits.pieces.times_ns(row):
        put_ticks(cells, subs, ticks_of(times_ns, window), 0, window.shown(playhead_ns))
    return cells


def _marks(trace: TargetTrace, row: int, playhead_ns: int) -> list[int]:
    """When each part begins, and the end; what has not happened by the playhead begins there."""
    visits = trace.visits
    end_ns = min(visits.done_ns[row] or playhead_ns, playhead_ns)
    reached = (visits.connect_start_ns[row], visits.sent_ns[row], _begun_ns(trace, row), visits.first_byte_ns[row])
    marks = [min(visits.intended_ns[row], end_ns)]
    for at_ns in reached:
        marks.append(max(marks[-1], min(at_ns or end_ns, end_ns)))
    return [*marks, end_ns]


def _begun_ns(trace: TargetTrace, row: int) -> int:
    """When a worker began it, 0 where none has; where nobody looked into the workers, nobody is known to be in line."""
    handling = trace.handling(row)
    if handling is not None:
        return handling.begin_ns
    return 0 if trace.looked_into else trace.visits.sent_ns[row]


def who(trace: TargetTrace, row: int, playhead_ns: int) -> str:
    """`    14 w2`: the visitor's number and the worker that has begun it."""
    handling = trace.handling(row)
    worker = f"w{handling.worker.index}" if handling and handling.begin_ns <= playhead_ns else ""
    return f"{row + 1:>6} {worker:<3}"


def settled_ns(trace: TargetTrace, row: int) -> int:
    """From when on the row stays as it is, FOREVER while that is not known."""
    handling = trace.handling(row)
    done_ns = trace.visits.done_ns[row]
    return max(done_ns, handling.begin_ns if handling else 0) if done_ns else FOREVER


def how_long(trace: TargetTrace, row: int, playhead_ns: int) -> str:
    """`1.42 s`; a cross before it where there was no answer, dots where there is none yet."""
    visits = trace.visits
    done_ns = visits.done_ns[row]
    if not 0 < done_ns <= playhead_ns:
        return "…"
    time = nanoseconds(done_ns - visits.intended_ns[row])
    return time if visits.outcome[row] == DONE else f"✕ {time}"


class Block(NamedTuple):
    """A target's part: `top` is the line of its title; its rows from `first` on are in view, `shown` of `rows`."""

    top: int
    first: int
    shown: int
    rows: int

    @property
    def words(self) -> str:
        """What its last line says of those out of view, "" where there are none."""
        above, below = self.first, self.rows - self.first - self.shown
        if above and below:
            return f"… {above} above, {below} below"
        return f"… {above + below} {'more' if below else 'above'}" if above or below else ""

    @property
    def reach(self) -> int:
        """How far it can be scrolled."""
        return self.rows - self.shown

    def at(self, line: int) -> int | None:
        """The place of the row on a line; -1 for the title, None for none of its rows."""
        place = line - self.top - 1
        if place < 0:
            return -1
        return self.first + place if place < self.shown else None

    def scroll_to(self, place: int, scroll: int) -> int:
        """How far to scroll for a row to be in view; as now, where it is."""
        if not self.shown or self.first <= place < self.first + self.shown:
            return scroll
        return place if place < self.first else place - self.shown + 1


def blocks(rows: Sequence[int], height: int, scroll: int) -> list[Block]:
    """Targets with so many rows each, in so many lines; `scroll` is how many rows are out of view above."""
    placed: list[Block] = []
    top = 0
    for count, share in zip(rows, fair_shares(list(rows), max(0, height - len(rows))), strict=True):
        shown = count if share == count else max(0, share - 1)  # the last line tells of the others
        placed.append(Block(top, min(scroll, count - shown), shown, count))
        top += 1 + share
    return placed
