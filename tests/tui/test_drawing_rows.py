"""Which visitor has which row, and how many rows there are room for."""

from __future__ import annotations

import pytest
from drawn import book_of, end_of, frame, window_until
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, finish, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane, hidden_words
from asgi_vs_wsgi.tui.drawing.lanes.request_row import LoopRow, RequestRow


def _used_again() -> TargetTrace:
    trace = TargetTrace(facts("asgi", workers=1), burst_visits(3))
    scribe = Scribe()
    for row, (begin, end) in enumerate([(1, 50), (10, 90), (60, 120)]):
        scribe.write(START + begin * MS, Kind.BEGIN, FIRST_ID + row)
        scribe.step(FIRST_ID + row, START + begin * MS, START + (begin + 1) * MS)
        scribe.write(START + end * MS, Kind.END, FIRST_ID + row)
        finish(trace.visits, row, START + end * MS)
    trace.feed(51, scribe.packed())
    return trace


def test_rows_of_a_loop_are_used_again_when_they_are_free():
    trace = _used_again()
    rows = [line.row for line in frame(trace, window_until(START + 120 * MS), START + 120 * MS)]
    stays = [[stay.number for stay in row.stays] for row in rows if isinstance(row, RequestRow)]
    assert stays == [[1, 3], [2]]


def test_a_row_that_is_used_again_keeps_its_name():
    trace = _used_again()
    pane, window = Pane(book_of(trace)), window_until(START + 120 * MS)
    labels = [[line.label.strip() for line in pane.frame(window, START + at * MS, 9)][-2:] for at in (5, 30, 100)]
    assert labels == [["1", ""], ["1", "2"], ["1 …", "2"]]


def test_a_page_passes_over_no_lane():
    trace = on_loops(32, workers=2)
    pane = Pane(book_of(trace))
    seen: set[str] = set()
    for page in range(8):
        pane.scroll = min(pane.reach(13), page * pane.page(13))
        seen |= {line.label.strip() for line in pane.frame(window_until(end_of(trace)), end_of(trace), 13)}
    assert {str(number) for number in range(1, 33)} <= seen


def test_where_there_is_little_room_counts_go_before_workers_and_a_line():
    pane = Pane(book_of(on_loops(32, workers=2)))
    lines = pane.frame(window_until(START + 100 * MS), START + 100 * MS, 4)
    assert [line.label.strip() for line in lines] == ["in line", "worker 1", "worker 2", "2"]


def test_beside_words_for_the_rest_all_counts_all_workers_and_a_line_are_drawn():
    pane = Pane(book_of(on_loops(32, workers=2)))
    lines, rest = pane.frame_and_rest(window_until(START + 100 * MS), START + 100 * MS, 5)
    assert [line.label.strip() for line in lines] == ["in line", "awaiting", "worker 1", "worker 2", "2"]
    assert rest == "31 more lanes: 16 of worker 1, 15 of worker 2"


def test_workers_that_have_no_room_are_counted_and_scrolled_to():
    pane = Pane(book_of(on_threads(8, workers=4)))
    at_ns = START + 100 * MS
    window = window_until(at_ns)
    assert [line.label for line in pane.frame(window, at_ns, 3)] == ["worker 1", "worker 2", "worker 3"]
    assert pane.hidden(3) == {1: 0, 2: 0, 3: 0, 4: 1}
    pane.scroll = pane.scroll_to(FIRST_ID + 3, 3)
    assert [line.label for line in pane.frame(window, at_ns, 3)] == ["worker 2", "worker 3", "worker 4"]
    assert pane.reach(3) == pane.scroll == 1


def test_what_does_not_fit_is_counted_and_can_be_scrolled_to():
    trace = on_loops(32, workers=2)
    pane = Pane(book_of(trace))
    window = window_until(end_of(trace))
    lines = pane.frame(window, end_of(trace), 14)
    assert len(lines) == 14
    assert pane.hidden(14) == {1: 11, 2: 11}
    assert hidden_words(pane.hidden(14))[:2] == ["22 more lanes: 11 of worker 1, 11 of worker 2", "22 more lanes"]
    assert [line.label.strip() for line in lines[-6:]] == ["worker 2", "2", "4", "6", "8", "10"]
    assert sum(isinstance(line.row, LoopRow) for line in lines) == 2
    pane.scroll = pane.reach(14)
    last = {line.label.strip() for line in pane.frame(window, end_of(trace), 14)}
    assert {"27", "28", "29", "30"} <= last


@pytest.mark.parametrize("height", range(1, 40))
def test_a_pane_never_draws_more_lines_than_it_has(height: int):
    trace = on_loops(32, workers=3)
    assert len(frame(trace, window_until(end_of(trace)), end_of(trace), height)) <= height


def test_where_all_lines_have_room_without_counts_the_counts_give_way():
    pane = Pane(book_of(on_loops(2, workers=2)))
    lines = pane.frame(window_until(START + 100 * MS), START + 100 * MS, 5)
    assert [line.label.strip() for line in lines] == ["in line", "worker 1", "1", "worker 2", "2"]
    assert pane.hidden(5) == {1: 0, 2: 0}
    lines = pane.frame(window_until(START + 100 * MS), START + 100 * MS, 4)
    assert [line.label.strip() for line in lines] == ["worker 1", "1", "worker 2", "2"]


def test_a_loop_with_one_line_is_shown_by_it_where_there_is_no_room_for_both():
    pane = Pane(book_of(on_loops(2, workers=2)))
    lines = pane.frame(window_until(START + 100 * MS), START + 100 * MS, 3)
    assert [line.label for line in lines] == ["in line", "worker 1", "worker 2"]
    assert [row.stays[0].number for line in lines if isinstance(row := line.row, RequestRow)] == [1, 2]
    assert pane.hidden(3) == {1: 0, 2: 0}
    assert [pane.worker_of(line.row, 3) for line in lines] == [0, 1, 2]


def test_with_room_for_one_row_it_is_a_visitors_and_the_other_worker_is_counted():
    pane = Pane(book_of(on_loops(2, workers=2)))
    lines = pane.frame(window_until(START + 100 * MS), START + 100 * MS, 1)
    assert [type(line.row) for line in lines] == [RequestRow]
    assert pane.hidden(1) == {1: 0, 2: 1}
    pane.scroll = pane.scroll_to(FIRST_ID + 1, 1)
    lines = pane.frame(window_until(START + 100 * MS), START + 100 * MS, 1)
    assert [line.label for line in lines] == ["worker 2"]
