"""Lanes that look alike are one with a line that says who else there is; nobody who differs is folded away."""

from __future__ import annotations

import pytest
from drawn import book_of, end_of, window_until
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, finish, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.tui.drawing.lanes.folded_lanes import FoldRow
from asgi_vs_wsgi.tui.drawing.lanes.pane import Line, Pane
from asgi_vs_wsgi.tui.drawing.lanes.request_row import RequestRow

COLUMNS = 60


def folded_pane(trace: TargetTrace, *, chosen: int = 0) -> Pane:
    book = book_of(trace)
    book.mark(chosen)
    pane = Pane(book)
    pane.fold((end_of(trace) - START) // COLUMNS)
    return pane


def lines_of(trace: TargetTrace, *, chosen: int = 0, playhead_ns: int = 0) -> list[Line]:
    pane = folded_pane(trace, chosen=chosen)
    end = end_of(trace)
    return pane.frame(window_until(end, COLUMNS), playhead_ns or end, pane.wanted)


def told(lines: list[Line]) -> list[str]:
    """The fold lines: label and words."""
    words = [(line.label, "".join(sign for sign, _, _ in line.row.cells)) for line in lines]
    folds = [isinstance(line.row, FoldRow) for line in lines]
    return [f"{label} {cells}".strip() for (label, cells), fold in zip(words, folds, strict=True) if fold]


def in_sight(lines: list[Line]) -> set[int]:
    return {stay.number for line in lines if isinstance(line.row, RequestRow) for stay in line.row.stays}


@pytest.mark.parametrize(("count", "workers"), [(32, 2), (9, 1), (40, 4)])
def test_a_stack_is_one_lane_of_each_loop_and_a_line_that_counts_the_others(count: int, workers: int):
    lines = lines_of(on_loops(count, workers=workers))
    of_each = count // workers
    assert [words.split(" visitors ")[0] for words in told(lines)] == [f"{of_each - 1} alike"] * workers
    assert len([line for line in lines if isinstance(line.row, RequestRow)]) == workers


def test_every_visitor_is_drawn_or_counted():
    trace = on_loops(32)
    lines = lines_of(trace)
    counted = sum(int(words.split()[0]) for words in told(lines))
    assert counted + len(in_sight(lines)) == len(trace.visits)


def test_the_line_names_those_who_are_folded_as_far_as_there_is_room():
    assert told(lines_of(on_loops(10, workers=2)))[0] == "4 alike visitors 3, 5, 7, 9"
    words = told(lines_of(on_loops(120, workers=1)))[0]
    assert words.endswith(" …")
    assert len(words) <= len("119 alike ") + COLUMNS


@pytest.mark.parametrize("number", [3, 15, 16, 31])
def test_the_chosen_visitor_is_never_folded_away(number: int):
    trace = on_loops(32)
    lines = lines_of(trace, chosen=number)
    assert number in in_sight(lines)
    assert number not in in_sight(lines_of(trace))


@pytest.mark.parametrize("outcome", [FAILED, CANCELLED])
def test_whoever_was_lost_stands_for_nobody_who_was_served(outcome: int):
    trace = on_loops(32)
    trace.visits.outcome[8] = outcome
    assert {9, 11} <= in_sight(lines_of(trace))


def test_those_who_were_lost_together_are_alike():
    trace = on_loops(32)
    for row in range(8, 16):
        finish(trace.visits, row, START + 100 * MS, FAILED)
    words = told(lines_of(trace))
    assert "3 alike visitors 11, 13, 15" in words
    assert not any(" 9," in each for each in words)


@pytest.mark.parametrize("number", [5, 6, 20])
def test_whoever_took_longer_is_never_folded_away(number: int):
    trace = on_loops(32)
    handling = trace.handling(number - 1)
    assert handling
    handling.end_ns += 100 * MS
    finish(trace.visits, number - 1, handling.end_ns + MS)
    assert number in in_sight(lines_of(trace))


def test_lanes_of_one_kind_of_visitors_do_not_stand_for_those_of_another():
    trace = on_loops(16, workers=1)
    trace.classes = ("ordinary", "slow")
    trace.class_of.extend([1 if row == 7 else 0 for row in range(16)])
    lines = lines_of(trace)
    assert 8 in in_sight(lines)


def test_visitors_who_hold_a_loop_one_after_another_are_not_alike():
    lines = lines_of(on_held_loop(8))
    assert not told(lines)
    assert in_sight(lines) == set(range(1, 9))


def test_workers_that_look_alike_are_one_with_their_numbers():
    lines = lines_of(on_threads(40, workers=8))
    assert told(lines) == ["7 alike workers 2, 3, 4, 5, 6, 7, 8"]


def test_two_alike_are_no_shorter_folded_and_stay():
    assert not told(lines_of(on_threads(8, workers=2)))


def _with_dead_worker(workers: int) -> TargetTrace:
    trace = on_threads(4 * workers, workers=workers)
    worker = list(trace.workers.values())[2]
    worker.died_ns = end_of(trace)
    return trace


def test_a_worker_that_died_is_never_folded_away():
    lines = lines_of(_with_dead_worker(8))
    assert any(line.label.startswith("worker 3") for line in lines)
    assert any("workers 5, 6, 7, 8" in words for words in told(lines))


def test_nobody_is_told_to_be_alike_before_coming():
    """The recording is ahead of the playhead."""
    trace = TargetTrace(facts("asgi", workers=1), burst_visits(6))
    scribe = Scribe()
    for row in range(6):
        begin = START + MS + (row >= 3) * 500 * MS + row * 50_000
        scribe.write(begin, Kind.BEGIN, FIRST_ID + row)
        scribe.step(FIRST_ID + row, begin + 1000, begin + 10_000)
        scribe.write(START + 900 * MS + row, Kind.END, FIRST_ID + row)
        finish(trace.visits, row, START + 901 * MS)
    trace.feed(51, scribe.packed())
    early = told(lines_of(trace, playhead_ns=START + 100 * MS))
    assert early == ["2 alike visitors 2, 3", ""]
    assert told(lines_of(trace)) == ["2 alike visitors 2, 3", "2 alike visitors 5, 6"]


@pytest.mark.parametrize("scroll", [0, 1, 50])
@pytest.mark.parametrize("height", [2, 3, 4, 5, 6, 8])
@pytest.mark.parametrize(
    "trace", [on_loops(32), on_loops(41, workers=4), on_threads(40, workers=8), on_held_loop(8)], ids=range(4)
)
def test_lanes_out_of_view_are_counted_one_by_one_though_a_line_stands_for_them(trace: TargetTrace, height, scroll):
    pane, unfolded = folded_pane(trace), Pane(book_of(trace))
    pane.scroll = scroll
    lines = pane.frame(window_until(end_of(trace), COLUMNS), end_of(trace), height)
    counts = {id(row) for row in pane.book.counts}
    of_workers = [line for line in lines if id(line.row) not in counts]
    in_view = sum(line.row.lanes if isinstance(line.row, FoldRow) else 1 for line in of_workers)
    all_lanes = unfolded.wanted - len(pane.book.counts)
    assert in_view + sum(pane.hidden(height).values()) == all_lanes
    assert set(pane.hidden(height)) == {each.index for each in trace.workers.values()}


def test_nothing_is_folded_where_nobody_asks():
    pane = Pane(book_of(on_loops(32)))
    assert pane.wanted == pane.unfolded
    assert not pane.folds


TRACES = (on_loops(32), on_loops(40, workers=4), on_loops(9, workers=1), on_threads(40, workers=8), on_held_loop(8))


@pytest.mark.parametrize("height", [3, 4, 6, 8, 10, 13, 20, 40])
@pytest.mark.parametrize("trace", [*TRACES, _with_dead_worker(8)], ids=range(len(TRACES) + 1))
def test_unfolding_never_shows_fewer_visitors_lanes(trace: TargetTrace, height: int):
    pane, window = folded_pane(trace), window_until(end_of(trace), COLUMNS)
    folded = in_sight(pane.frame(window, end_of(trace), height))
    pane.fold(0, lanes_first=pane.unfolded > height)
    assert len(in_sight(pane.frame(window, end_of(trace), height))) >= len(folded)


def test_lanes_that_are_unfolded_have_the_room_of_counts():
    pane, window = folded_pane(on_loops(32)), window_until(end_of(on_loops(32)), COLUMNS)
    pane.fold(0)
    before = in_sight(pane.frame(window, end_of(pane.book.trace), 10))
    pane.fold(0, lanes_first=True)
    assert len(in_sight(pane.frame(window, end_of(pane.book.trace), 10))) == len(before) + len(pane.book.counts)


def test_a_frame_in_which_nothing_is_new_compares_no_lanes(monkeypatch):
    """The work is that of the recording's news, and not of every frame."""
    pane = folded_pane(on_loops(64))
    window = window_until(end_of(pane.book.trace), COLUMNS)
    pane.frame(window, START + 50 * MS, 20)
    monkeypatch.setattr("asgi_vs_wsgi.tui.drawing.lanes.folded_lanes.look_of", _never)
    monkeypatch.setattr("asgi_vs_wsgi.tui.drawing.lanes.folded_lanes.look_alike", _never)
    pane.frame(window, START + 60 * MS, 20)


def _never(*_: object) -> None:
    raise AssertionError("nothing was new")


def test_a_lane_that_comes_to_differ_is_shown_again():
    trace = on_loops(32)
    pane = folded_pane(trace)
    window = window_until(end_of(trace) + 400 * MS, COLUMNS)
    before = pane.wanted
    pane.frame(window, START + 50 * MS, pane.wanted)
    handling = trace.handling(10)
    assert handling
    handling.end_ns += 300 * MS
    pane.book.update_rows([10])
    assert pane.wanted > before
