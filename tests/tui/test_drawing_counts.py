"""The counts above the lanes."""

from __future__ import annotations

from drawn import book_of, end_of
from hypothesis import given, settings
from hypothesis import strategies as st
from made_any_trace import any_trace
from made_traces import MS, START, on_threads

from asgi_vs_wsgi.scenarios.analysis.interval_counter import IntervalCounter
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State, life
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.glyphs import IN_LINE, LEVELS
from asgi_vs_wsgi.tui.drawing.lanes.count_row import CountRow
from asgi_vs_wsgi.tui.drawing.time_axis import Window


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_every_visitor_who_waits_is_counted_and_nobody_else(seed: int, moment: float):
    trace = any_trace(seed)
    at_ns = START + int(moment * (end_of(trace) - START))
    book = book_of(trace)
    doing = [_state_at(trace, row, at_ns) for row in range(len(trace.visits))]
    waiting = sum(state in (State.CONNECTING, State.QUEUED) for state in doing)
    assert book.in_line(at_ns) == waiting
    if book.looped:
        assert book.suspended(at_ns) == doing.count(State.AWAITING)


def _state_at(trace: TargetTrace, row: int, at_ns: int) -> State | None:
    """From the trace model itself; suspended is AWAITING, whatever the loop did."""
    for span in life(trace.visit(row), trace.handling(row), 1 << 62):
        if span.start_ns <= at_ns < span.end_ns:
            return span.state
    return None


# ---- the scale is said


def row_of(intervals: list[tuple[int, int]], *, columns: int = 40, length_ns: int = 4000) -> CountRow:
    """Drawn to its end."""
    crowd = IntervalCounter()
    for key, interval in enumerate(intervals):
        crowd.tell(key, [interval])
    row = CountRow("in line", crowd, lambda _from, _to: IN_LINE)
    row.show(Window(0, length_ns, columns), length_ns)
    return row


def drawn(row: CountRow) -> str:
    return "".join(sign for sign, _, _ in row.cells)


def test_one_visitor_of_half_a_millisecond_is_one_step_of_a_block_and_the_most_is_said():
    blocks = drawn(row_of([(1000, 1005)]))
    assert set(blocks) & set(LEVELS[1:]) == {LEVELS[1]}
    assert blocks.rstrip().endswith("most 1")


def test_the_figure_of_now_and_the_most_stand_beside_one_another():
    assert drawn(row_of([(0, 2000), (0, 9000)])).rstrip().endswith(" 1 · most 2")
    assert drawn(row_of([(0, 9000), (0, 9000)])).rstrip().endswith(" 2")
    assert drawn(row_of([])).strip() == ""


@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(1, 200)), max_size=30),
    st.lists(st.integers(0, 400), min_size=1, max_size=4),
)
def test_the_most_is_exact_at_any_moment_however_late_anybody_is_told_of(stays, moments):
    """Each is told of twice: first as still there, then with its end; in between somebody asks."""
    crowd = IntervalCounter()
    told: dict[int, tuple[int, int]] = {}
    for at, until in enumerate(moments):
        for key, (came, stay) in enumerate(stays):
            if key % len(moments) <= at:
                told[key] = (came, came + stay if key % 2 or at else FOREVER)
                crowd.tell(key, [told[key]])
        most = max((sum(a <= t < b for a, b in told.values()) for t in range(until + 1)), default=0)
        assert crowd.peak(until) == most


# ---- who still sends is not in line


def test_who_sends_slowly_is_in_line_before_the_connection_and_after_the_last_byte_and_not_meanwhile():
    trace = on_threads(2, workers=1)
    trace.visits.connected_ns[1] = START + 20 * MS
    trace.visits.sent_ns[1] = START + 150 * MS
    book = book_of(trace)
    assert [book.in_line(START + at * MS) for at in (10, 21, 149, 151)] == [1, 0, 0, 1]


def test_whoever_has_a_connection_and_has_not_sent_the_request_is_not_in_line_while_it_is_recorded():
    trace = on_threads(1)
    visits = trace.visits
    visits.sent_ns[0] = visits.done_ns[0] = visits.outcome[0] = 0
    worker = next(iter(trace.workers.values()))
    worker.handlings.clear()
    assert book_of(trace).in_line(START + 100 * MS) == 0
    visits.connected_ns[0] = 0
    assert book_of(trace).in_line(START + 100 * MS) == 1
