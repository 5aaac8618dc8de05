"""A row for each visitor, as a browser's Network panel draws requests, in an order of choice.

1 w1  ·───────▒                         0.20 s
2 w2  ·───────▒                         0.20 s
3 w2  ·───────────────▒                 0.40 s      a staircase: one after another
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter

from scenarios.analysis.window import handlings_of
from scenarios.load.visits import DONE
from scenarios.trace.states import State
from scenarios.trace.target_trace import TargetTrace
from tui.drawing.cells import cells_of
from tui.drawing.roles import WAITING, Cell, code
from tui.drawing.stay import FOREVER
from tui.drawing.window import Window
from tui.drawing.words import nanoseconds

ORDERS = ("arrival", "end", "duration", "worker")
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


def come_until(trace: TargetTrace, playhead_ns: int) -> list[int]:
    """The rows of those whose intended start has come, in its order."""
    intended = trace.visits.intended_ns
    return sorted((row for row, at_ns in enumerate(intended) if 0 < at_ns < playhead_ns), key=intended.__getitem__)


def ordered(trace: TargetTrace, order: str, playhead_ns: int) -> list[int]:
    """Those who have come, as they are known at the playhead; who has not ended comes last, or first by duration."""
    rows = come_until(trace, playhead_ns)
    visits = trace.visits

    def end_ns(row: int) -> int:
        done_ns = visits.done_ns[row]
        return done_ns if 0 < done_ns <= playhead_ns else FOREVER

    if order == "end":
        return sorted(rows, key=end_ns)
    if order == "duration":
        return sorted(rows, key=lambda row: visits.intended_ns[row] - min(end_ns(row), playhead_ns))
    if order == "worker":
        return _by_worker(trace, rows, playhead_ns)
    return rows


def _by_worker(trace: TargetTrace, rows: list[int], playhead_ns: int) -> list[int]:
    """Worker by worker, in the order in which each began them; who has not been begun comes last."""
    begun: list[int] = []
    for worker in trace.workers.values():
        handled = [each for each in handlings_of(trace, worker) if each.begin_ns <= playhead_ns]
        handled.sort(key=attrgetter("begin_ns"))
        begun += [each.request - trace.visits.first_id for each in handled]
    come = set(rows)
    known = set(begun)
    return [row for row in begun if row in come] + [row for row in rows if row not in known]


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


def how_long(trace: TargetTrace, row: int, playhead_ns: int) -> str:
    """`1.42 s`; a cross before it where there was no answer, dots where there is none yet."""
    visits = trace.visits
    done_ns = visits.done_ns[row]
    if not 0 < done_ns <= playhead_ns:
        return "…"
    time = nanoseconds(done_ns - visits.intended_ns[row])
    return time if visits.outcome[row] == DONE else f"✕ {time}"
