"""A row for each visitor, as a browser's Network panel draws requests, in an order of choice.

1 w1  ·───────▒                         0.20 s
2 w2  ·───────▒                         0.20 s
3 w2  ·───────────────▒                 0.40 s      a staircase: one after another
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scenarios.load.visits import DONE
from scenarios.trace.states import State
from scenarios.trace.target_trace import TargetTrace
from tui.drawing.cells import cells_of
from tui.drawing.roles import WAITING, Cell, code
from tui.drawing.stay import FOREVER
from tui.drawing.window import Window
from tui.drawing.words import nanoseconds

PARTS = (
    ("late", code(State.LATE)),
    ("connecting", code(State.CONNECTING)),
    ("waiting", WAITING),
    ("receiving", code(State.RECEIVING)),
)
"""What a browser can tell of a request, in the order in which it happens; `late` only a load driver knows."""
MEANING = (
    "Bars that overlap were served side by side; bars that end one after another, a staircase, waited for one another."
)
IN_A_BROWSER = (
    "To see the same in a browser: serve the scenario, open the developer tools, Network, and load the page in several "
    "tabs at once. Its “waiting” is TTFB; the Performance panel shows what the page's own scripts do meanwhile."
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
    columns: Sequence[Sequence[int]] = (visits.connect_start_ns, visits.sent_ns, visits.first_byte_ns)
    marks = [min(visits.intended_ns[row], end_ns)]
    for column in columns:
        marks.append(max(marks[-1], min(column[row] or end_ns, end_ns)))
    return [*marks, end_ns]


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
