"""What tests say about drawings: a book that knows its whole trace, a frame as plain text, colours of columns."""

from __future__ import annotations

from made_traces import START

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, GRAIN, INK, Cell, state_of
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Line, Pane
from asgi_vs_wsgi.tui.drawing.time_axis import Window


def book_of(trace: TargetTrace) -> LaneLayout:
    book = LaneLayout(trace)
    book.update_rows(range(len(trace.visits)))
    return book


def window_until(end_ns: int, columns: int = 100) -> Window:
    return Window(START, end_ns, columns)


def frame(trace: TargetTrace, window: Window, playhead_ns: int, height: int = 100) -> list[Line]:
    return Pane(book_of(trace)).frame(window, playhead_ns, height)


def picture(lines: list[Line]) -> list[tuple[str, list[Cell]]]:
    return [(line.label, list(line.row.cells)) for line in lines]


def signs(line: Line) -> str:
    return "".join(char for char, _paint, _ground in line.row.cells)


def states(line: Line) -> list[set[State]]:
    """The states that each column of a row of bars shows."""
    assert isinstance(line.row, BarRow)
    return [_states(cell) for cell in line.row.cells]


def _states(cell: Cell) -> set[State]:
    _char, paint, ground = cell
    roles = {ground} if paint == INK or paint >= GRAIN else {paint, ground}
    return {state for role in roles if role != EMPTY and (state := state_of(role)) is not None}


def with_label(lines: list[Line], label: str) -> Line:
    return next(line for line in lines if line.label.strip() == label)


def end_of(trace: TargetTrace) -> int:
    return max(trace.visits.done_ns)
