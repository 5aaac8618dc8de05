"""A row for each visitor, as a browser's Network panel draws requests; a browser's “waiting” is two parts here.

1 w1  ───────▒                         0.20 s
2 w2  ───────▒                         0.20 s
3 w2  ·······────────▒                 0.40 s      a staircase: in line until a worker was free
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.trace.state_spans import FOREVER
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.cells import cells_of
from asgi_vs_wsgi.tui.drawing.glyphs import STANDING, WAITING, Cell, code
from asgi_vs_wsgi.tui.drawing.lanes.pane import fair_shares
from asgi_vs_wsgi.tui.text.numbers import nanoseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.drawing.window import Window

PARTS = (
    ("late", code(State.LATE)),
    ("connecting", code(State.CONNECTING)),
    ("in line", STANDING),
    ("waiting", WAITING),
    ("receiving", code(State.RECEIVING)),
)
"""In the order in which they happen; `late` only a load driver knows, and `in line` only who looks into the workers."""
MEANING = (
    "Bars that end together were served side by side; bars that end one after another, a staircase, waited for one "
    "another: in line, or inside a worker."
)
IN_A_BROWSER = (
    "To see the same in a browser: serve the scenario, open the developer tools, Network, and load the page in several "
    "tabs at once. Its “waiting” (TTFB) is in line and waiting in one; the Performance panel shows what the page's own "
    "scripts do meanwhile."
)


def bar(trace: TargetTrace, row: int, window: Window, playhead_ns: int) -> list[Cell]:
    """The cells of one visitor's bar, up to the playhead."""
    subs = bytearray(window.subs)
    marks = _marks(trace, row, playhead_ns)
    for (_name, role), (from_ns, to_ns) in zip(PARTS, pairwise(marks), strict=True):
        low, high = window.sub(from_ns), window.sub(to_ns)
        subs[low:high] = bytes((role,)) * (high - low)
    if window.sub(marks[0]) == window.sub(marks[-1]) < window.subs and marks[0] >= window.start_ns:
        subs[window.sub(marks[0])] = WAITING  # whoever was here is seen
    return cells_of(subs, 0, window.columns)


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
