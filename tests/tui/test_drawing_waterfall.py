"""The waterfall's rows: who has come, in an order of choice, each as a bar up to the playhead."""

from __future__ import annotations

import pytest
from made_traces import MS, START, on_threads

from scenarios.load.visits import FAILED
from tui.drawing.roles import EMPTY, GRAIN, WAITING
from tui.drawing.waterfall import bar, how_long, ordered, who
from tui.drawing.window import Window

END = START + 10_000 * MS
WINDOW = Window(START, START + 1000 * MS, 50)


def waiting(cells) -> int:
    return sum(WAITING in (paint, ground) or paint == WAITING + GRAIN for _, paint, ground in cells)


def test_nobody_is_shown_before_coming():
    trace = on_threads(8)
    trace.visits.intended_ns[7] = START + 500 * MS
    assert ordered(trace, "arrival", START) == []
    assert ordered(trace, "arrival", START + 400 * MS) == list(range(7))
    assert ordered(trace, "arrival", END) == list(range(8))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("arrival", [0, 1, 2, 3, 4, 5]),
        ("end", [0, 1, 2, 3, 4, 5]),
        ("duration", [4, 5, 2, 3, 0, 1]),
        ("worker", [0, 2, 4, 1, 3, 5]),
    ],
)
def test_each_order_is_what_it_says(order, expected):
    assert ordered(on_threads(6), order, END) == expected


def test_who_has_not_ended_comes_after_those_who_have():
    assert ordered(on_threads(6), "end", START + 300 * MS)[:2] == [0, 1]


def test_a_bar_grows_with_the_playhead_and_no_further_than_its_end():
    trace = on_threads(8)
    lengths = [waiting(bar(trace, 2, WINDOW, START + at * MS)) for at in (50, 200, 404, 900, 5000)]
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
