"""Each lane shows its visitors, and what was done with each."""

from __future__ import annotations

from array import array

from drawn import book_of, end_of, frame, signs, states, window_until, with_label
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.tui.drawing.glyphs import INK
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window


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


def of_two_kinds(trace: TargetTrace, few: set[int]) -> TargetTrace:
    trace.classes = ("listeners", "ordinary")
    trace.class_of = array("H", [row in few for row in range(len(trace.visits))])
    return trace


def test_those_of_whom_the_fewest_come_have_the_first_lines_of_their_worker():
    trace = of_two_kinds(on_loops(12, workers=2), {8, 9})
    lines = frame(trace, window_until(end_of(trace)), end_of(trace), height=6)
    assert [line.label.strip() for line in lines] == ["in line", "awaiting", "worker 1", "9", "worker 2", "10"]


def test_where_all_are_of_one_kind_lines_stand_as_visitors_came():
    trace = on_loops(12, workers=2)
    lines = frame(trace, window_until(end_of(trace)), end_of(trace), height=6)
    assert [line.label.strip() for line in lines] == ["in line", "awaiting", "worker 1", "1", "worker 2", "2"]


def test_a_line_that_is_brought_up_keeps_the_visitors_who_stand_on_it():
    """What frees a line and who takes it next does not depend on where it is drawn."""
    alike, kinds = book_of(on_loops(12, workers=1)), book_of(of_two_kinds(on_loops(12, workers=1), {5}))

    def numbers(book):
        return sorted([stay.number for stay in row.stays] for row in book.groups[0].lines)

    assert numbers(kinds) == numbers(alike)
    assert kinds.groups[0].lines[0].stays[0].number == 6


def test_a_thread_on_which_one_of_the_few_stands_comes_right_below_its_workers_name():
    trace = TargetTrace(facts("wsgi", workers=1, threads=4, slot="thread"), burst_visits(4))
    scribe = Scribe()
    for row in range(4):
        scribe.thread(FIRST_ID + row, START + (row + 1) * MS, START + 100 * MS, cpu_ns=MS, lane=row + 1)
    trace.feed(41, scribe.packed())
    lines = frame(of_two_kinds(trace, {3}), window_until(START + 100 * MS), START + 100 * MS)
    assert [line.label.strip() for line in lines] == ["in line", "worker 1", "thread 4", "thread 2", "thread 3"]
