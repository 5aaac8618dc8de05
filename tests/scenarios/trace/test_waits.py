"""Threads that have called back into a loop: what their own request does there is its state, not their waiting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited, Crossing, Kind, Seen, WayBack

OUTER, INNER, ONE_OFF = 1, 2, 9
CPU = 5_000_000_000
MS = 1_000_000


def call(
    rec: Any, lane: int, start: float, end: float, looks: list[tuple[float, Seen, float, int]], cpu: float
) -> None:
    """A call of visitor 0 in a thread, which the sampler has met; looks are (when, what, CPU so far, line)."""
    rec.event(1, Kind.THREAD_START, start, 0, value=CPU, lane=lane, flag=Crossing.LOOP)
    for at, seen, used, line in looks:
        rec.look(1, 0, at, seen, cpu=used, lane=lane, at=line)
    rec.event(1, Kind.THREAD_END, end, 0, value=CPU + round(cpu * MS), lane=lane)


def waits(rec: Any, lane: int, start: float, end: float) -> None:
    rec.event(1, Kind.HOP, start, 0, lane=lane, flag=WayBack.WAITS)
    rec.event(1, Kind.HOP, end, 0, lane=lane, flag=WayBack.GOES_ON)


def totals(rec: Any) -> dict[State, float]:
    spent = rec.trace().state_totals_ns(0)
    return {state: round(spent[state] / MS) for state in State if spent[state] >= MS / 2}


def nested(rec: Any, inner: tuple[list[tuple[float, Seen, float, int]], float]) -> None:
    """A middleware's call from 2 to 210 that waits from 3 to 208; on the loop a step, a call of 200 ms, a step."""
    rec.visit(0, done=212)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 1)
    waits(rec, OUTER, 3, 208)
    rec.step(1, 0, 3.5, 4)
    call(rec, INNER, 5, 205, inner[0], inner[1])
    rec.step(1, 0, 206, 207)
    call(rec, OUTER, 2, 210, [(30, Seen.BLOCKED, 0.5, 1), (209, Seen.RUNNING, inner[1] + 1, 1)], inner[1] + 1)
    rec.step(1, 0, 210.5, 211)
    rec.end(1, 0, 211.5)


def test_the_innermost_call_decides_and_its_line_is_the_one_that_is_named(recording: Any) -> None:
    rec = recording()
    nested(rec, ([(15, Seen.BLOCKED, 0.1, 2), (100, Seen.BLOCKED, 0.1, 2)], 0.1))
    assert totals(rec)[State.BLOCKED] == pytest.approx(200, abs=1)
    trace = rec.trace()
    spans = trace.life(0, trace.visits.done_ns[0])
    blocked = [span for span in spans if span.state is State.BLOCKED and span.location >= 0]
    assert {span.location for span in blocked} == {2}
    assert sum(span.end_ns - span.start_ns for span in blocked) == pytest.approx(200 * MS, abs=MS)


def test_waiting_for_the_gil_below_a_thread_that_waits_is_stalled(recording: Any) -> None:
    rec = recording()
    looks = [(at, Seen.RUNNING, (at - 5) / 4, 2) for at in (25.0, 45.0, 105.0, 165.0)]
    nested(rec, (looks, 50))
    spent = totals(rec)
    assert spent[State.RUNNING] == pytest.approx(53, abs=3)
    assert spent[State.STALLED] == pytest.approx(150, abs=2)
    assert State.BLOCKED not in spent


def test_an_inner_call_too_short_to_be_looked_at_decides_too(recording: Any) -> None:
    rec = recording()
    rec.visit(0, done=60)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 1)
    waits(rec, OUTER, 3, 50)
    rec.step(1, 0, 3, 4)
    rec.event(1, Kind.THREAD, 4, 0, value=4 * MS << 32 | 3 * MS, lane=INNER, flag=Crossing.LOOP)
    rec.step(1, 0, 8, 50)
    call(rec, OUTER, 2, 51, [(30, Seen.BLOCKED, 0.1, 1)], 3.2)
    rec.end(1, 0, 60)
    spent = totals(rec)
    assert spent[State.RUNNING] == pytest.approx(1 + 1 + 1 + 3 + 42 + 1, abs=2)
    assert spent[State.BLOCKED] == pytest.approx(1 + 1, abs=0.5)  # of the inner call, and after the wait


def test_under_asgi_a_thread_is_blocked_while_the_code_it_waits_for_is_suspended_and_no_line_is_blamed(
    recording: Any,
) -> None:
    rec = recording()
    rec.visit(0, done=120)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 1)
    waits(rec, OUTER, 3, 106)
    rec.step(1, 0, 4, 5)
    rec.step(1, 0, 105, 106)
    call(rec, OUTER, 2, 107, [(30, Seen.BLOCKED, 0.5, 1), (80, Seen.BLOCKED, 0.5, 1)], 1)
    rec.end(1, 0, 110)
    trace = rec.trace()
    blocked = [span for span in trace.life(0, trace.visits.done_ns[0]) if span.state is State.BLOCKED]
    assert sum(span.end_ns - span.start_ns for span in blocked if span.lane == OUTER) == pytest.approx(100 * MS, abs=MS)
    assert {span.location for span in blocked if span.end_ns - span.start_ns > MS} == {-1}


def test_under_wsgi_the_worker_is_blocked_at_its_line_while_its_one_off_loop_is_idle(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, done=110)
    rec.event(1, Kind.BEGIN, 0, 0, value=CPU, lane=OUTER)
    waits(rec, OUTER, 5, 105)
    rec.event(1, Kind.STEP, 6, 0, value=rec.at(16), lane=ONE_OFF)
    rec.look(1, 0, 50, Seen.BLOCKED, cpu=1, lane=OUTER, at=1)
    rec.event(1, Kind.STEP, 94, 0, value=rec.at(104), lane=ONE_OFF)
    rec.event(1, Kind.END, 110, 0, value=CPU + 2 * MS, lane=OUTER)
    trace = rec.trace()
    spans = trace.life(0, trace.visits.done_ns[0])
    spent = totals(rec)
    assert State.AWAITING not in spent
    assert spent[State.RUNNING] == pytest.approx(20 + 2, abs=2)
    long = [span for span in spans if span.end_ns - span.start_ns > 20 * MS]
    assert {(span.state, span.location) for span in long} == {(State.BLOCKED, 1)}
    assert sum(span.end_ns - span.start_ns for span in long) == pytest.approx(78 * MS, abs=2 * MS)


def async_view_under_wsgi(rec: Any) -> None:
    """It is suspended on its one-off loop from 16 to 94, and its thread is looked at while it waits for that."""
    rec.visit(0, done=110)
    rec.event(1, Kind.BEGIN, 0, 0, value=CPU, lane=OUTER)
    waits(rec, OUTER, 5, 105)
    rec.event(1, Kind.STEP, 6, 0, value=rec.at(16), lane=ONE_OFF)
    for at in (30, 50, 70):
        rec.look(1, 0, at, Seen.BLOCKED, cpu=1, lane=OUTER, at=3)


def end_of_view(rec: Any) -> None:
    rec.event(1, Kind.STEP, 94, 0, value=rec.at(104), lane=ONE_OFF)
    rec.event(1, Kind.END, 110, 0, value=CPU + 2 * MS, lane=OUTER)


def long_spans(rec: Any) -> list[tuple[State, str, str, float]]:
    trace = rec.trace()
    worker = trace.workers[1]
    worker.locations |= {1: "views.py:9 page <- asyncio/streams.py:5 read", 3: " <- threading.py:3 wait"}
    lasts = ((span, (span.end_ns - span.start_ns) / MS) for span in trace.life(0, trace.visits.done_ns[0]))
    return [
        (span.state, worker.line_at(span.location), worker.library_at(span.location), lasts_ms)
        for span, lasts_ms in lasts
        if lasts_ms > 11
    ]


@pytest.mark.parametrize("looked", [20, 45, 90])
def test_under_wsgi_a_thread_waits_at_the_line_that_awaits_for_as_long_as_that_is_suspended(
    recording: Any, looked: int
) -> None:
    rec = recording(interface="wsgi")
    async_view_under_wsgi(rec)
    rec.await_look(1, 0, looked, Awaited.SOCKET, at=1)
    end_of_view(rec)
    where = ("views.py:9 page", "asyncio/streams.py:5 read")
    assert long_spans(rec) == [(State.BLOCKED, *where, pytest.approx(78, abs=1))]


def test_of_a_suspension_that_nobody_looked_at_the_line_of_the_thread_is_told(recording: Any) -> None:
    rec = recording(interface="wsgi")
    async_view_under_wsgi(rec)
    end_of_view(rec)
    assert {told[:3] for told in long_spans(rec)} == {(State.BLOCKED, "threading.py:3 wait", "")}


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
@pytest.mark.parametrize(
    ("awaited", "at", "where"),
    [
        (Awaited.OWN_THREAD, 1, ("views.py:9 page", "sqlite3/base.py:1 execute")),
        (Awaited.FREE_THREAD, 1, ("views.py:9 page", "sqlite3/base.py:1 execute")),
        (Awaited.TASK, 1, ("sqlite3/base.py:1 execute", "")),
        (Awaited.OWN_THREAD, 0, ("sqlite3/base.py:1 execute", "")),
    ],
)
def test_a_library_in_a_thread_is_told_with_the_line_that_has_asked_for_it(
    recording: Any, interface: str, awaited: Awaited, at: int, where: tuple[str, str]
) -> None:
    """Only where that line was seen to wait for a call in a thread."""
    rec = recording(interface=interface)
    loop = 0 if interface == "asgi" else ONE_OFF
    rec.visit(0, done=110)
    rec.event(1, Kind.BEGIN, 0, 0, value=CPU, lane=0 if interface == "asgi" else OUTER)
    rec.event(1, Kind.STEP, 6, 0, value=rec.at(16), lane=loop)
    rec.event(1, Kind.THREAD_START, 17, 0, value=CPU, lane=INNER, flag=Crossing.LOOP)
    rec.await_look(1, 0, 30, awaited, at=at)
    rec.look(1, 0, 60, Seen.BLOCKED, cpu=1, lane=INNER, at=4)
    rec.event(1, Kind.THREAD_END, 93, 0, value=CPU + MS, lane=INNER)
    rec.event(1, Kind.STEP, 94, 0, value=rec.at(104), lane=loop)
    rec.event(1, Kind.END, 110, 0, value=CPU + 2 * MS, lane=0 if interface == "asgi" else OUTER)
    trace = rec.trace()
    worker = trace.workers[1]
    worker.locations |= {1: "views.py:9 page <- asgiref/sync.py:8 __call__", 4: " <- sqlite3/base.py:1 execute"}
    spans = trace.life(0, trace.visits.done_ns[0])
    told = {(worker.line_at(span.location), worker.library_at(span.location)) for span in spans if span.lane == INNER}
    assert told == {where}


def test_a_call_that_came_after_the_next_step_was_not_asked_for_by_that_line(recording: Any) -> None:
    rec = recording()
    rec.visit(0, done=200)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 1)
    rec.await_look(1, 0, 30, Awaited.OWN_THREAD, at=1)
    rec.step(1, 0, 50, 51)
    call(rec, INNER, 52, 150, [(90, Seen.BLOCKED, 1, 4)], 1)
    rec.end(1, 0, 160)
    trace = rec.trace()
    worker = trace.workers[1]
    worker.locations |= {1: "views.py:9 page", 4: " <- sqlite3/base.py:1 execute"}
    spans = [span for span in trace.life(0, trace.visits.done_ns[0]) if span.lane == INNER]
    assert {worker.line_at(span.location) for span in spans} == {"sqlite3/base.py:1 execute"}


def test_a_wait_that_lasts_hides_nothing_of_what_goes_on_below_it(recording: Any) -> None:
    rec = recording()
    rec.visit(0, done=None)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 1)
    rec.event(1, Kind.THREAD_START, 2, 0, value=CPU, lane=OUTER, flag=Crossing.LOOP)
    rec.event(1, Kind.HOP, 3, 0, lane=OUTER, flag=WayBack.WAITS)
    rec.step(1, 0, 4, 5)
    rec.event(1, Kind.THREAD_START, 6, 0, value=CPU, lane=INNER, flag=Crossing.LOOP)
    rec.look(1, 0, 20, Seen.STALLED, lane=INNER, at=2)
    trace = rec.trace()
    last = trace.life(0, rec.at(40))[-1]
    assert (last.state, last.lane, last.location) == (State.STALLED, INNER, 2)


def test_a_way_back_in_a_run_of_before_it_was_told_whose_it_is_is_a_hop_and_nothing_else(recording: Any) -> None:
    rec = recording()
    rec.begin(1, 0, 0)
    rec.event(1, Kind.HOP, 1, 0)
    handling = rec.trace().workers[1].handlings[rec.first_id]
    assert (handling.hops, handling.waits) == (1, [])


@settings(max_examples=200, deadline=None)
@given(data=st.data(), wsgi=st.booleans())
def test_states_partition_a_visit_however_calls_and_waits_are_nested(data: Any, recording: Any, wsgi: bool) -> None:
    rec = recording(interface="wsgi" if wsgi else "asgi")
    rec.visit(0, done=200)
    if wsgi:
        rec.event(1, Kind.BEGIN, 0, 0, value=CPU, lane=OUTER)
    else:
        rec.begin(1, 0, 0)
        rec.step(1, 0, 0, 1)
    moments = sorted(data.draw(st.lists(st.integers(2, 180), min_size=8, max_size=8, unique=True)))
    first, wait, step, start, end, later, until, last = moments
    looks = st.lists(st.tuples(st.integers(1, 199), st.sampled_from(Seen)), max_size=4)
    if data.draw(st.booleans()):
        waits(rec, OUTER, wait, until)
    else:
        rec.event(1, Kind.HOP, wait, 0, lane=OUTER, flag=WayBack.WAITS)
    rec.event(1, Kind.STEP, step, 0, value=rec.at(start), lane=ONE_OFF if wsgi else 0)
    for lane, begins, ends in ((INNER, start, end), *(() if wsgi else ((OUTER, first, last),))):
        seen = [(at, s, 0.0, lane) for at, s in sorted(data.draw(looks)) if begins < at < ends]
        call(rec, lane, begins, ends, seen, data.draw(st.integers(0, ends - begins)))
    rec.event(1, Kind.STEP, later, 0, value=rec.at(later + 0.5), lane=ONE_OFF if wsgi else 0)
    rec.event(1, Kind.END, 190, 0, value=CPU + MS if wsgi else 0, lane=OUTER if wsgi else 0)
    trace = rec.trace()
    for now in (50, 120, 200):
        spans = trace.life(0, rec.at(now))
        edges = [trace.visits.intended_ns[0], *(span.end_ns for span in spans)]
        assert [span.start_ns for span in spans] == edges[:-1]
        assert edges[-1] == rec.at(now)
