"""A frame is the same whatever was drawn before it."""

from __future__ import annotations

from drawn import book_of, end_of, frame, picture, states, window_until
from hypothesis import given, settings
from hypothesis import strategies as st
from made_any_trace import any_trace
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.time_axis import Window


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0, 1.1), min_size=1, max_size=12), st.integers(5, 140))
def test_frame_by_frame_comes_to_the_same_as_all_at_once(seed: int, moments: list[float], columns: int):
    trace = any_trace(seed)
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
    trace = any_trace(seed)
    length = end_of(trace) - START
    window = Window(START - MS, START + length, columns)
    pane, fresh = Pane(book_of(trace)), Pane(book_of(trace))
    for each in (pane, fresh):
        each.book.chosen.marked = chosen
    for moment in moments:
        lines = pane.frame(window, START + int(moment * length), 30)
    assert picture(lines) == picture(fresh.frame(window, START + int(moments[-1] * length), 30))


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
        pane.book.update_rows({request - FIRST_ID for request in touched if request})
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
    pane.book.update_rows([0])
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
