"""Who is put off is counted as if told of at once, and is not worked out before the playhead comes to it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from drawn import book_of, end_of
from hypothesis import given
from hypothesis import strategies as st
from made_traces import START, on_loops

from asgi_vs_wsgi.scenarios.analysis.interval_counter import IntervalCounter, LazyIntervalCounter
from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
from asgi_vs_wsgi.tui.drawing.lanes.count_row import CountRow
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.time_axis import Window

STAYS = st.lists(st.lists(st.integers(0, 100), min_size=2, max_size=6, unique=True), max_size=12)


def intervals(times: Sequence[int]) -> list[Interval]:
    ordered = sorted(times[: len(times) // 2 * 2])
    return list(zip(ordered[::2], ordered[1::2], strict=True))


@given(STAYS, st.lists(st.tuples(st.integers(0, 110), st.integers(1, 40)), min_size=1, max_size=6), st.booleans())
def test_who_is_put_off_is_counted_as_if_told_of_at_once(stays, asked, ahead):
    at_once, later = IntervalCounter(), LazyIntervalCounter()
    for key, times in enumerate(stays):
        at_once.tell(key, intervals(times))
        later.put_off(key, min(times), lambda times=times: intervals(times))
    if ahead:
        list(zip(later.work_ahead(), range(3), strict=False))
    for from_ns, length in asked:
        assert later.count(from_ns) == at_once.count(from_ns)
        assert later.most(from_ns, from_ns + length) == at_once.most(from_ns, from_ns + length)


@pytest.mark.parametrize(("height", "counts"), [(30, 2), (3, 1)])
def test_only_those_whom_the_playhead_has_come_to_are_worked_out(height, counts):
    trace = on_loops(40, workers=1)
    book, begun = book_of(trace), sorted(each.begin_ns for each in trace.workers[51].handlings.values())
    window = Window(START, end_of(trace), 80)
    for playhead_ns, known in ((START, 0), (begun[9] + 1, 10), (end_of(trace), 40)):
        shown = Pane(book).frame(window, playhead_ns, height)
        assert sum(isinstance(line.row, CountRow) for line in shown) == counts
        assert book._aside.put_off_yet == 40 - known


def test_working_ahead_leaves_nobody_put_off():
    book = book_of(on_loops(40))
    list(book.work_ahead())
    assert book._aside.put_off_yet == 0
