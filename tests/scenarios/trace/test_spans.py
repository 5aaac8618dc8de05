from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settled_spans import settle

from asgi_vs_wsgi.scenarios.load.visits import FAILED
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
from asgi_vs_wsgi.scenarios.trace.states import Span, State, Visit, life
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen

MS = 1_000_000


@st.composite
def loops(draw: st.DrawFn, recording: Any) -> Any:
    """Some requests on one event loop: steps in random turns, some looked at, some with a call in a thread."""
    requests = draw(st.integers(1, 5))
    rec = recording(requests=requests)
    now = 2.0
    turns = draw(st.lists(st.integers(0, requests - 1), min_size=requests, max_size=25))
    for row in range(requests):
        rec.begin(1, row, now + row / 10)
    for row in turns:
        now += draw(st.sampled_from([0.0, 0.5, 3.0])) + requests / 10
        length = draw(st.sampled_from([0.001, 1.0, 20.0]))
        rec.event(1, Kind.STEP_START, now, row)
        if draw(st.booleans()):
            rec.look(1, row, now + length / 2, draw(st.sampled_from(Seen)), at=row)
        rec.event(1, Kind.STEP_END, now + length, row)
        now += length
        if draw(st.booleans()):  # synchronous code in a thread of the request's own
            rec.event(1, Kind.THREAD_START, now, row, value=1_000, lane=row + 1)
            rec.event(1, Kind.THREAD_END, now + 0.2, row, value=1_000 + draw(st.integers(0, 300_000)), lane=row + 1)
            now += 0.2
    for row in range(requests):
        ended = draw(st.booleans())
        if ended:
            rec.end(1, row, now + row)
        sent = draw(st.sampled_from([0.3, 1.0, 4.0]))
        rec.visit(row, max(sent, now + row + draw(st.sampled_from([-3.0, 0.0, 2.0]))), connect=0.2, sent=sent)
    return rec


@settings(max_examples=150, deadline=None)
@given(data=st.data(), now_ms=st.floats(0.1, 400))
def test_spans_partition_a_visit_without_gap_or_overlap(data: Any, recording: Any, now_ms: float) -> None:
    rec = data.draw(loops(recording))
    trace, now_ns = rec.trace(), rec.at(now_ms)
    for row in range(rec.requests):
        spans = trace.life(row, now_ns)
        settled = list(settle(spans, trace.handling(row)))
        end_ns = min(trace.visits.done_ns[row], now_ns)
        for partition in (spans, settled):
            edges = [trace.visits.intended_ns[row], *(span.end_ns for span in partition)]
            assert [span.start_ns for span in partition] == edges[:-1]
            assert edges[-1] == end_ns
            assert all(span.start_ns < span.end_ns for span in partition)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_nine_states_add_up_to_the_latency_and_drawing_and_sums_agree(data: Any, recording: Any) -> None:
    rec = data.draw(loops(recording))
    trace = rec.trace()
    for row in range(rec.requests):
        totals = trace.state_totals_ns(row)
        assert sum(totals) == trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        drawn = [0] * len(State)
        for span in settle(trace.life(row, trace.visits.done_ns[row]), trace.handling(row)):
            drawn[span.state] += span.end_ns - span.start_ns
        assert drawn == totals


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_past_that_has_been_shown_does_not_change_when_more_is_known(data: Any, recording: Any) -> None:
    """A replay at an earlier time shows what the whole picture shows there."""
    rec = data.draw(loops(recording))
    trace = rec.trace()
    for row in range(rec.requests):
        done_ns = trace.visits.done_ns[row]
        whole, half_ns = trace.life(row, done_ns), (trace.visits.intended_ns[row] + done_ns) // 2
        half = trace.life(row, half_ns)
        assert half == [s._replace(end_ns=min(s.end_ns, half_ns)) for s in whole if s.start_ns < half_ns]


def test_a_sync_visitor_connects_waits_in_line_is_served_and_its_answer_sent(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 110, connect=1, sent=3)
    rec.wsgi(1, 0, 10, 100, cpu=20)
    trace = rec.trace()
    spans = trace.life(0, trace.visits.done_ns[0])
    assert [(span.state, span.end_ns - span.start_ns) for span in spans] == [
        (State.LATE, MS),
        (State.CONNECTING, 2 * MS),
        (State.QUEUED, 7 * MS),
        (State.RUNNING, 20 * MS),
        (State.BLOCKED, 70 * MS),
        (State.SENDING, 10 * MS),
    ]


def test_a_suspended_visitor_is_stalled_while_another_holds_its_loop_and_awaiting_else(recording: Any) -> None:
    rec = recording(requests=2)
    for row in (0, 1):
        rec.visit(row, 100)
        rec.begin(1, row, 0)
    rec.step(1, 0, 0, 10)
    rec.step(1, 1, 20, 60)
    rec.step(1, 0, 90, 100)
    trace = rec.trace()
    totals = trace.state_totals_ns(0)
    assert totals[State.RUNNING] == 20 * MS
    assert totals[State.STALLED] == 40 * MS
    assert totals[State.AWAITING] == 40 * MS


def test_a_loop_that_is_held_now_stalls_the_others_now(recording: Any) -> None:
    rec = recording(requests=2)
    for row in (0, 1):
        rec.visit(row)
        rec.begin(1, row, 0)
    rec.event(1, Kind.STEP_START, 30, 1)
    trace = rec.trace()
    spans = list(settle(trace.life(0, rec.at(50)), trace.handling(0)))
    assert [(s.state, s.end_ns - s.start_ns) for s in spans] == [(State.AWAITING, 30 * MS), (State.STALLED, 20 * MS)]
    assert state_totals_ns(trace.life(0, rec.at(50)), trace.handling(0))[State.STALLED] == 20 * MS


def test_of_two_things_at_once_the_strongest_state_counts(recording: Any) -> None:
    rec = recording()
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.event(1, Kind.THREAD_START, 10, 0, value=1_000, lane=1)
    rec.step(1, 0, 40, 50)
    rec.event(1, Kind.THREAD_END, 90, 0, value=1_000, lane=1)
    rec.end(1, 0, 100)
    trace = rec.trace()
    assert [(s.state, s.end_ns - s.start_ns) for s in trace.life(0, rec.at(100))] == [
        (State.AWAITING, 10 * MS),
        (State.BLOCKED, 30 * MS),
        (State.RUNNING, 10 * MS),
        (State.BLOCKED, 40 * MS),
        (State.AWAITING, 10 * MS),
    ]


@pytest.mark.parametrize("outer", [1, 2])
def test_of_two_blocked_threads_of_a_request_the_call_that_began_last_is_the_one_that_is_named(
    recording: Any, outer: int
) -> None:
    inner = 3 - outer
    rec = recording()
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.event(1, Kind.THREAD_START, 10, 0, value=5_000_000_000, lane=outer)
    rec.event(1, Kind.THREAD_START, 20, 0, value=5_000_000_000, lane=inner)
    for at in (30, 50, 70):
        for lane in (1, 2):
            rec.look(1, 0, at + lane, Seen.BLOCKED, lane=lane, at=lane)
    rec.event(1, Kind.THREAD_END, 80, 0, value=5_000_000_000, lane=inner)
    rec.event(1, Kind.THREAD_END, 90, 0, value=5_000_000_000, lane=outer)
    trace = rec.trace()
    blocked = [span for span in trace.life(0, rec.at(100)) if span.state is State.BLOCKED]
    inside = [span for span in blocked if rec.at(20) <= span.start_ns < rec.at(80)]
    assert {(span.lane, span.location) for span in inside} == {(inner, inner)}
    assert {span.location for span in blocked if span not in inside} == {outer}
    assert sum(span.end_ns - span.start_ns for span in blocked) == 80 * MS


def test_what_blocks_the_loop_is_named_and_not_the_thread_that_it_waits_for(recording: Any) -> None:
    rec = recording()
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.event(1, Kind.STEP_START, 10, 0)
    rec.event(1, Kind.THREAD_START, 20, 0, value=5_000_000_000, lane=1)
    for at in (30, 50, 70):
        rec.look(1, 0, at, Seen.BLOCKED, lane=0, at=7)
        rec.look(1, 0, at + 1, Seen.BLOCKED, lane=1, at=8)
    rec.event(1, Kind.THREAD_END, 80, 0, value=5_000_000_000, lane=1)
    rec.event(1, Kind.STEP_END, 90, 0, value=5_000_000_000)
    spans = rec.trace().life(0, rec.at(100))
    assert {span.location for span in spans if span.state is State.BLOCKED} == {7}


def test_a_request_with_a_blocked_thread_and_one_that_waits_for_the_gil_is_blocked(recording: Any) -> None:
    rec = recording()
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    for lane, seen in ((1, Seen.STALLED), (2, Seen.BLOCKED), (3, Seen.STALLED)):
        rec.event(1, Kind.THREAD_START, 10 * lane, 0, value=5_000_000_000, lane=lane)
        rec.look(1, 0, 50, seen, lane=lane)
    for lane in (1, 2, 3):
        rec.event(1, Kind.THREAD_END, 100 - 10 * lane, 0, value=5_000_000_000, lane=lane)
    rec.end(1, 0, 100)
    states = [(s.state, s.start_ns - rec.at(0), s.end_ns - rec.at(0)) for s in rec.trace().life(0, rec.at(100))]
    assert (State.STALLED, 10 * MS, 20 * MS) in states
    assert {state for state, start, end in states if start >= 20 * MS and end <= 80 * MS} == {State.BLOCKED}


def test_what_a_server_does_after_its_client_has_gone_is_not_part_of_the_visit(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 50, outcome=FAILED)
    rec.wsgi(1, 0, 10, 500)
    trace = rec.trace()
    assert trace.life(0, rec.at(1000))[-1].end_ns == rec.at(50)


def test_nobody_has_a_life_before_they_were_to_come(recording: Any) -> None:
    rec = recording()
    rec.visit(0, 50, intended=10)
    assert rec.trace().life(0, rec.at(10)) == []


@pytest.mark.parametrize("number", range(7))
def test_every_event_counts_without_any_one_of_them_the_spans_are_others(recording: Any, number: int) -> None:
    rec = recording(requests=1)
    rec.visit(0, 100)
    rec.begin(1, 0, 5)
    rec.event(1, Kind.STEP_START, 10, 0)
    rec.look(1, 0, 20, Seen.BLOCKED)
    rec.event(1, Kind.STEP_END, 30, 0)
    rec.event(1, Kind.STEP_START, 40, 0)
    rec.event(1, Kind.STEP_END, 50, 0)
    rec.end(1, 0, 90)

    def spans(without: int | None) -> list[Span]:
        trace = recording(requests=1).trace()
        trace.visits = rec.visits
        trace.feed(1, rec.packed(1, without=without))
        return trace.life(0, rec.at(100))

    assert spans(without=number) != spans(without=None)


def test_a_request_whose_visitor_is_not_known_to_have_come_has_only_what_its_worker_did():
    handling = RequestRecord(1, WorkerTrace(1, 1), 100, 0, end_ns=300)
    assert life(Visit(0, 0, 0, 0), handling, 500)[0] == Span(State.AWAITING, 100, 300)
