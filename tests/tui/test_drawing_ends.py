"""Where a bar ends: with the answer, with the worker, never after the playhead."""

from __future__ import annotations

import pytest
from drawn import end_of, frame, signs, states, window_until, with_label
from hypothesis import given, settings
from hypothesis import strategies as st
from made_any_trace import any_trace
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, finish, on_held_loop, on_threads
from screen_frames import saved

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED, STATUS, TIMEOUT
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.tui.drawing.glyphs import ANSWERED, DIED, ENDED, GONE, WORDS, legend_text
from asgi_vs_wsgi.tui.drawing.lanes.request_row import LoopRow, RequestRow
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window


def test_a_visitors_line_ends_with_the_answer_and_shows_apart_what_the_worker_still_has():
    trace = on_held_loop(6, tidied_at_once=False)
    window = window_until(end_of(trace) + 20 * MS, 150)
    lines = [line for line in frame(trace, window, window.end_ns) if isinstance(line.row, RequestRow)]
    for row, line in enumerate(lines):
        done = window.sub(trace.visits.done_ns[row]) // SUBS
        assert states(line)[done - 1]
        assert not any(states(line)[done + 1 :])
    answered = window.sub(trace.visits.done_ns[0]) // SUBS
    assert set(signs(lines[0])[answered + 1 : window.sub(end_of(trace)) // SUBS]) == {"┄"}
    assert ANSWERED in lines[0].row.drawn
    assert GONE not in lines[0].row.drawn
    assert "1" in signs(lines[0])[:answered]


def test_only_who_left_without_an_answer_is_shown_as_gone():
    trace = on_held_loop(6, tidied_at_once=False)
    trace.visits.outcome[0] = CANCELLED
    window = window_until(end_of(trace) + 20 * MS, 150)
    rows = [line.row for line in frame(trace, window, window.end_ns) if isinstance(line.row, RequestRow)]
    assert GONE in rows[0].drawn
    assert ANSWERED not in rows[0].drawn
    assert ANSWERED in rows[1].drawn


def test_an_answer_that_says_of_an_error_is_an_answer():
    visits = burst_visits(3)
    finish(visits, 0, START + MS, outcome=FAILED)
    finish(visits, 1, START + MS, outcome=FAILED)
    visits.error[0], visits.error[1] = STATUS, TIMEOUT
    assert [visits.answered(row) for row in range(3)] == [True, False, False]


def test_what_is_too_short_for_its_sign_is_not_said_to_be_drawn():
    trace = on_held_loop(6, tidied_at_once=False)
    for columns, drawn in ((150, True), (2, False)):
        window = window_until(end_of(trace) + 20 * MS, columns)
        rows = [line.row for line in frame(trace, window, window.end_ns) if isinstance(line.row, RequestRow)]
        assert any(ANSWERED in row.drawn for row in rows) is drawn


def test_what_has_gone_out_of_sight_is_not_said_to_be_drawn_any_more():
    trace = on_held_loop(6, tidied_at_once=False)
    window = window_until(end_of(trace) + 20 * MS, 150)
    lines = [line for line in frame(trace, window, window.end_ns) if isinstance(line.row, RequestRow)]
    lines[0].row.show(window, trace.visits.done_ns[0])
    assert ANSWERED not in lines[0].row.drawn


def test_a_thread_shows_what_it_does_whoever_has_left():
    trace = on_threads(1, workers=1)
    finish(trace.visits, 0, START + 50 * MS, outcome=CANCELLED)
    row = with_label(frame(trace, window_until(START + 200 * MS, 100), START + 200 * MS), "worker 1")
    assert states(row)[60] == {State.BLOCKED}


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


def test_a_request_outlives_its_visitor_on_its_lane():
    """The client has left; the worker is still held, and nobody is set aside any more."""
    trace = TargetTrace(facts("wsgi", workers=1), burst_visits(1))
    scribe = Scribe()
    scribe.thread(FIRST_ID, START + MS, START + 90 * MS, cpu_ns=0)
    trace.feed(41, scribe.packed())
    finish(trace.visits, 0, START + 20 * MS)
    lines = frame(trace, window_until(START + 100 * MS, 100), START + 100 * MS)
    assert states(lines[1])[60] == {State.BLOCKED}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_no_bar_is_drawn_after_the_playhead(seed: int, moment: float):
    trace = any_trace(seed)
    playhead = START + int(moment * (end_of(trace) - START))
    window = window_until(end_of(trace), 97)
    for line in frame(trace, window, playhead):
        if isinstance(line.row, RequestRow | LoopRow):
            later = states(line)[-(-window.shown(playhead) // SUBS) :]
            assert not any(later)


def test_a_worker_that_ended_as_it_was_told_to_ends_with_another_sign_than_one_that_died():
    for ended, sign in (("", "✕"), ("died", "✕"), ("recycled", "■"), ("reloaded", "■"), ("stopped", "■")):
        trace = on_threads(4, workers=2)
        worker = trace.workers[next(iter(trace.workers))]
        worker.died_ns, worker.fate = end_of(trace) + 10 * MS, Fate(0, START, ended)
        window = window_until(end_of(trace) + 40 * MS, 100)
        lines = frame(trace, window, window.end_ns)
        (own,) = [line for line in lines if line.label.startswith("worker 1")]
        assert own.label == f"worker 1 {sign}"
        assert signs(own)[window.sub(worker.died_ns) // SUBS] == sign
        before = frame(trace, window, worker.died_ns - 10 * MS)
        (not_yet,) = [line for line in before if line.label.startswith("worker 1")]
        assert not_yet.label == "worker 1"
        assert sign not in signs(not_yet)


def test_the_row_of_a_loop_ends_with_a_sign_too():
    trace = on_held_loop(3)
    worker = next(iter(trace.workers.values()))
    worker.died_ns, worker.fate = end_of(trace) + 10 * MS, Fate(0, START, "stopped")
    window = window_until(end_of(trace) + 40 * MS, 100)
    (loop,) = [line for line in frame(trace, window, window.end_ns) if isinstance(line.row, LoopRow)]
    assert signs(loop)[window.sub(worker.died_ns) // SUBS] == "■"


@pytest.mark.parametrize(("name", "role", "other"), [("worker-crash", DIED, ENDED), ("deploy", ENDED, DIED)])
def test_the_legend_tells_the_sign_of_a_workers_end_from_when_it_is_shown(name: str, role: int, other: int):
    for trace in saved(name).traces():
        window = window_until(end_of(trace), 120)
        first_ns = min((worker.died_ns for worker in trace.workers.values() if worker.died_ns), default=0)
        if not first_ns:
            continue
        before, after = (drawn_by(trace, window, at_ns) for at_ns in (first_ns, window.end_ns))
        assert not {role, other} & before
        if first_ns < window.end_ns:
            assert role in after
            assert other not in after
            assert WORDS[role] in " ".join(legend_text(after))


def drawn_by(trace: TargetTrace, window: Window, at_ns: int) -> set[int]:
    return set().union(*(line.row.drawn for line in frame(trace, window, at_ns)))
