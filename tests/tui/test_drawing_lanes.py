"""Every drawn cell comes from a recorded event, and every recorded event is drawn."""

from __future__ import annotations

import random

import pytest
from drawn import book_of, end_of, frame, picture, signs, states, window_until, with_label
from hypothesis import given, settings
from hypothesis import strategies as st
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, finish, on_held_loop, on_loops, on_threads

from scenarios.load.visits import CANCELLED
from scenarios.trace.spans import life
from scenarios.trace.states import State
from scenarios.trace.target_trace import TargetTrace
from server_targets.probe.records import Kind, Seen
from tui.drawing.bars import LoopRow, StayRow
from tui.drawing.pane import Pane, hidden_words
from tui.drawing.roles import GONE, INK
from tui.drawing.window import SUBS, Window


def test_a_staircase_on_threads_shows_each_visitor_on_its_worker_in_turn():
    trace = on_threads(8, workers=2)
    lines = frame(trace, window_until(end_of(trace), 80), end_of(trace))
    assert [line.label for line in lines] == ["in line", "worker 1", "worker 2"]
    assert [digit for digit in signs(lines[1]) if digit.isdigit()] == ["1", "3", "5", "7"]
    assert [digit for digit in signs(lines[2]) if digit.isdigit()] == ["2", "4", "6", "8"]


def test_the_same_visitor_has_the_same_number_on_every_target():
    threads, loops = on_threads(4), on_loops(4)
    for trace in (threads, loops):
        lines = frame(trace, window_until(START + 250 * MS, 100), end_of(trace))
        numbers = {int(sign) for line in lines[len(book_of(trace).counts) :] for sign in signs(line) if sign.isdigit()}
        assert numbers <= {1, 2, 3, 4}
        assert {1, 2} <= numbers


def test_neighbours_take_turns_in_two_shades():
    trace = on_threads(4, workers=1)
    row = frame(trace, window_until(end_of(trace), 80), end_of(trace))[1].row
    shades = [ground % 2 for _char, paint, ground in row.cells if paint == INK]
    assert shades == [1, 0, 1, 0]


def test_a_suspended_request_is_awaiting_on_a_free_loop_and_stalled_on_a_held_one():
    free, held = on_loops(2, workers=1, wait_ns=200 * MS), on_held_loop(4)
    waiting = states(with_label(frame(free, window_until(end_of(free), 60), end_of(free)), "1"))
    assert waiting[30] == {State.AWAITING}
    stalled = states(with_label(frame(held, window_until(end_of(held), 60), end_of(held)), "4"))
    assert stalled[20] == {State.STALLED}
    assert stalled[58] == {State.BLOCKED}


def test_a_visitors_line_ends_with_the_answer_and_shows_apart_what_the_worker_still_has():
    trace = on_held_loop(6, tidied_at_once=False)
    window = window_until(end_of(trace) + 20 * MS, 150)
    lines = [line for line in frame(trace, window, window.end_ns) if isinstance(line.row, StayRow)]
    for row, line in enumerate(lines):
        done = window.sub(trace.visits.done_ns[row]) // SUBS
        assert states(line)[done - 1]
        assert not any(states(line)[done + 1 :])
    answered = window.sub(trace.visits.done_ns[0]) // SUBS
    assert set(signs(lines[0])[answered + 1 : window.sub(end_of(trace)) // SUBS]) == {"┄"}
    assert GONE in lines[0].row.drawn
    assert "1" in signs(lines[0])[:answered]


def test_a_thread_shows_what_it_does_whoever_has_left():
    trace = on_threads(1, workers=1)
    finish(trace.visits, 0, START + 50 * MS, outcome=CANCELLED)
    row = frame(trace, window_until(START + 200 * MS, 100), START + 200 * MS)[1]
    assert states(row)[60] == {State.BLOCKED}


def test_a_held_loop_shows_who_holds_it():
    trace = on_held_loop(4)
    lines = frame(trace, window_until(end_of(trace), 80), end_of(trace))
    assert [digit for digit in signs(lines[2]) if digit.isdigit()] == ["1", "2", "3", "4"]


def test_without_its_event_a_cell_is_gone():
    """Drop the two records of one step: its cells on the loop's row disappear, and nothing else appears."""
    window = Window(START, START + 230 * MS, 230)
    whole = on_loops(1, workers=1)
    resumed = [slice_.start_ns for slice_ in whole.handling(0).slices][1]
    scribe = Scribe()
    scribe.write(START + MS, Kind.BEGIN, FIRST_ID)
    scribe.step(FIRST_ID, START + MS + 1000, START + 2 * MS)
    part = TargetTrace(facts("asgi", workers=1), burst_visits(1))
    part.feed(51, scribe.packed())
    column = window.sub(resumed) // SUBS
    assert states(frame(whole, window, resumed + MS)[2])[column] == {State.RUNNING}
    assert states(frame(part, window, resumed + MS)[2])[column] == set()
    assert states(frame(part, window, resumed + MS)[2])[1] == {State.RUNNING}


def test_a_step_however_short_is_seen():
    trace = on_loops(1, workers=1, wait_ns=10_000 * MS, step_ns=20_000)
    loop = frame(trace, window_until(end_of(trace), 40), end_of(trace))[2]
    assert states(loop)[0] == {State.RUNNING}
    assert states(loop)[-1] == {State.RUNNING}


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
    stays = [[stay.number for stay in row.stays] for row in rows if isinstance(row, StayRow)]
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


def test_with_no_room_for_lanes_workers_keep_their_names_and_all_are_counted():
    pane = Pane(book_of(on_loops(32, workers=2)))
    lines, rest = pane.frame_and_rest(window_until(START + 100 * MS), START + 100 * MS, 5)
    assert [line.label for line in lines] == ["in line", "set aside", "worker 1", "worker 2"]
    assert rest == "32 more lanes: 16 of worker 1, 16 of worker 2"


def test_a_dead_worker_holds_nobody_any_longer():
    trace = TargetTrace(facts("wsgi", workers=1), burst_visits(1))
    scribe = Scribe()
    scribe.write(START + MS, Kind.BEGIN, FIRST_ID, value=1000, lane=1)
    trace.feed(41, scribe.packed())
    trace.workers[41].died_ns = START + 50 * MS
    lines = frame(trace, window_until(START + 100 * MS, 100), START + 100 * MS)
    assert lines[1].label == "worker 1 ✕"
    assert states(lines[1])[30] == {State.RUNNING}
    assert states(lines[1])[60] == set()


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


def _trace(seed: int) -> TargetTrace:
    pick = random.Random(seed)
    return pick.choice(
        [
            lambda: on_threads(pick.randint(1, 40), workers=pick.randint(1, 4), wait_ns=pick.randint(1, 200) * MS // 4),
            lambda: on_loops(
                pick.randint(1, 40),
                workers=pick.randint(1, 3),
                wait_ns=pick.randint(1, 300) * MS,
                step_ns=pick.randint(1, 3000) * 1000,
            ),
            lambda: on_held_loop(
                pick.randint(1, 16), hold_ns=pick.randint(1, 50) * MS, tidied_at_once=pick.random() < 0.5
            ),
        ]
    )()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0, 1.1), min_size=1, max_size=12), st.integers(5, 140))
def test_frame_by_frame_comes_to_the_same_as_all_at_once(seed: int, moments: list[float], columns: int):
    trace = _trace(seed)
    length = end_of(trace) - START
    window = Window(START - MS, START + length, columns)
    pane = Pane(book_of(trace))
    for moment in sorted(moments):
        lines = pane.frame(window, START + int(moment * length), 30)
    assert picture(lines) == picture(frame(trace, window, START + int(max(moments) * length), 30))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.floats(0, 1.1), min_size=2, max_size=12),
    st.integers(5, 140),
    st.integers(0, 20),
)
def test_to_and_fro_comes_to_the_same_as_all_at_once(seed: int, moments: list[float], columns: int, chosen: int):
    trace = _trace(seed)
    length = end_of(trace) - START
    window = Window(START - MS, START + length, columns)
    pane, fresh = Pane(book_of(trace)), Pane(book_of(trace))
    for each in (pane, fresh):
        each.book.chosen.number = chosen
    for moment in moments:
        lines = pane.frame(window, START + int(moment * length), 30)
    assert picture(lines) == picture(fresh.frame(window, START + int(moments[-1] * length), 30))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_no_bar_is_drawn_after_the_playhead(seed: int, moment: float):
    trace = _trace(seed)
    playhead = START + int(moment * (end_of(trace) - START))
    window = window_until(end_of(trace), 97)
    for line in frame(trace, window, playhead):
        if isinstance(line.row, StayRow | LoopRow):
            later = states(line)[-(-window.shown(playhead) // SUBS) :]
            assert not any(later)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_every_visitor_who_waits_is_counted_and_nobody_else(seed: int, moment: float):
    trace = _trace(seed)
    at_ns = START + int(moment * (end_of(trace) - START))
    book = book_of(trace)
    doing = [_state_at(trace, row, at_ns) for row in range(len(trace.visits))]
    waiting = sum(state in (State.CONNECTING, State.QUEUED) for state in doing)
    assert book.in_line(at_ns) == waiting
    if book.looped:
        assert book.set_aside(at_ns) == doing.count(State.AWAITING)


def _state_at(trace: TargetTrace, row: int, at_ns: int) -> State | None:
    """From the trace model itself; suspended is AWAITING, whatever the loop did."""
    for span in life(trace.visit(row), trace.handling(row), 1 << 62):
        if span.start_ns <= at_ns < span.end_ns:
            return span.state
    return None


def test_a_recording_that_grows_is_drawn_like_one_that_is_whole():
    """Records arrive in pieces, the playhead at the live end: what was drawn too early is drawn again."""
    whole = on_held_loop(6)
    raw = bytes(whole.raw[61])
    growing = TargetTrace(whole.facts, whole.visits)
    growing.add_worker(61)
    pane = Pane(book_of(growing))
    window = window_until(end_of(whole), 90)
    for at in range(0, len(raw), 32):
        growing.store(61, raw[at : at + 32])
        touched = growing.workers[61].feed(raw[at : at + 32])
        pane.book.take({request - FIRST_ID for request in touched if request})
        newest = int.from_bytes(raw[at : at + 8], "little")
        pane.frame(window, newest, 30)
    lines = pane.frame(window, end_of(whole), 30)
    assert picture(lines) == picture(frame(whole, window, end_of(whole), 30))


def test_samples_that_come_late_change_what_a_thread_was_doing():
    trace = TargetTrace(facts("wsgi", workers=1), burst_visits(1))
    scribe = Scribe()
    scribe.write(START + MS, Kind.BEGIN, FIRST_ID, value=1000, lane=1)
    trace.feed(41, scribe.packed())
    pane = Pane(book_of(trace))
    window = window_until(START + 100 * MS, 100)
    assert states(pane.frame(window, START + 50 * MS, 9)[1])[20] == {State.RUNNING}
    late = Scribe()
    late.write(START + 40 * MS, Kind.SAMPLE, FIRST_ID, value=1, lane=1, flag=Seen.BLOCKED)
    trace.store(41, late.packed())
    trace.workers[41].feed(late.packed())
    pane.book.take([0])
    assert states(pane.frame(window, START + 50 * MS, 9)[1])[20] == {State.BLOCKED}


def test_going_back_draws_less():
    trace = on_threads(8)
    pane, window = Pane(book_of(trace)), window_until(end_of(trace), 80)
    pane.frame(window, end_of(trace), 9)
    early = picture(pane.frame(window, START + 100 * MS, 9))
    assert early == picture(frame(trace, window, START + 100 * MS, 9))


@settings(max_examples=25, deadline=None)
@given(
    target=st.sampled_from((on_threads(40, workers=3), on_held_loop(8), on_loops(60))),
    places=st.lists(st.floats(-0.1, 1.1), min_size=1, max_size=8),
    ahead=st.booleans(),
)
def test_a_jump_to_any_moment_draws_the_cells_of_playing_there(target, places, ahead):
    """Whatever was drawn before, and whether or not the bars were worked out ahead."""
    window, length = window_until(end_of(target), 60), end_of(target) - START
    jumping, playing = Pane(book_of(target)), Pane(book_of(target))
    if ahead:
        list(jumping.book.work_ahead())
    for place in places:
        jumped = jumping.frame(window, START + round(length * place), 40)
    for step in range(-10, 100):
        playing.frame(window, START + round(length * min(step / 90, places[-1])), 40)
    played = playing.frame(window, START + round(length * places[-1]), 40)
    assert picture(jumped) == picture(played)


def test_a_request_outlives_its_visitor_on_its_lane():
    """The client has left; the worker is still held, and nobody is set aside any more."""
    trace = TargetTrace(facts("wsgi", workers=1), burst_visits(1))
    scribe = Scribe()
    scribe.thread(FIRST_ID, START + MS, START + 90 * MS, cpu_ns=0)
    trace.feed(41, scribe.packed())
    finish(trace.visits, 0, START + 20 * MS)
    lines = frame(trace, window_until(START + 100 * MS, 100), START + 100 * MS)
    assert states(lines[1])[60] == {State.BLOCKED}
