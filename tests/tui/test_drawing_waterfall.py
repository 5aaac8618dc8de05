"""The waterfall's rows: each visitor as a bar up to the playhead."""

from __future__ import annotations

import pytest
from made_traces import MS, START, on_threads

from asgi_vs_wsgi.scenarios.load.visits import FAILED
from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, FIRST_BYTE, GRAIN, IN_LINE
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.waterfall import bar, how_long, who

END = START + 10_000 * MS
WINDOW = Window(START, START + 1000 * MS, 50)


def columns(cells, *roles: int) -> int:
    """How many show one of these parts."""
    return sum(paint in roles or ground in roles or paint - GRAIN in roles for _, paint, ground in cells)


def test_a_bar_grows_with_the_playhead_and_no_further_than_its_end():
    trace = on_threads(8)
    lengths = [columns(bar(trace, 2, WINDOW, START + at * MS), IN_LINE, FIRST_BYTE) for at in (50, 200, 404, 900, 5000)]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[2]
    assert lengths[3] == lengths[4]


def test_a_visit_too_short_for_a_sub_cell_is_seen():
    trace = on_threads(2, wait_ns=0, cpu_ns=1000)
    cells = bar(trace, 0, Window(START, START + 100_000 * MS, 50), END)
    assert any((paint, ground) != (EMPTY, EMPTY) for _, paint, ground in cells)


def test_a_row_tells_the_worker_and_how_long_it_took_once_that_is_known():
    trace = on_threads(4)
    assert (who(trace, 2, START), who(trace, 2, END)) == ("     3    ", "     3 w1 ")
    assert (how_long(trace, 2, START + 300 * MS), how_long(trace, 2, END)) == ("…", "0.41 s")
    trace.visits.outcome[2] = FAILED
    assert how_long(trace, 2, END) == "✕ 0.41 s"


def test_a_visitor_is_in_line_until_a_worker_begins_and_then_waits_for_its_answer():
    trace = on_threads(8)
    first, third = (bar(trace, row, WINDOW, END) for row in (0, 2))
    assert columns(first, IN_LINE) <= 1
    assert columns(third, IN_LINE) == pytest.approx(columns(third, FIRST_BYTE), abs=2)
    assert columns(third, FIRST_BYTE) == pytest.approx(columns(first, FIRST_BYTE), abs=2)


def test_where_nobody_looked_into_the_workers_nobody_is_said_to_be_in_line():
    trace = on_threads(8)
    trace.workers.clear()
    assert columns(bar(trace, 2, WINDOW, END), IN_LINE) == 0
