"""The counts above the lanes."""

from __future__ import annotations

from drawn import book_of, end_of
from hypothesis import given, settings
from hypothesis import strategies as st
from made_any_trace import any_trace
from made_traces import START

from scenarios.trace.spans import life
from scenarios.trace.states import State
from scenarios.trace.target_trace import TargetTrace


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
        assert book.set_aside(at_ns) == doing.count(State.AWAITING)


def _state_at(trace: TargetTrace, row: int, at_ns: int) -> State | None:
    """From the trace model itself; suspended is AWAITING, whatever the loop did."""
    for span in life(trace.visit(row), trace.handling(row), 1 << 62):
        if span.start_ns <= at_ns < span.end_ns:
            return span.state
    return None
