"""A loop's own work in a worker's records: a slice like any other, and nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.analysis.server_side import joining, look_inside
from asgi_vs_wsgi.scenarios.analysis.worker_time import WorkerTime, late_beats_ns
from asgi_vs_wsgi.scenarios.trace.request_spans import own_work_line, stalled_behind
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK, Kind, Seen

LINE = "views.py:7 _checks"


def held(recording: Any, *, told: bool = True) -> Any:
    """Two visitors, each of whom awaits from 12 on while the loop works on its own from 20 to 80; they go on at 81."""
    rec = recording(requests=2)
    own = OWN_WORK - rec.first_id
    for row in (0, 1):
        rec.visit(row, done=100)
        rec.begin(1, row, 10 + row)
        rec.step(1, row, 10 + row, 10.5 + row)
    if told:
        rec.event(1, Kind.STEP_START, 20, own)
        rec.look(1, own, 26, Seen.BLOCKED, at=3)
        rec.look(1, own, 70, Seen.BLOCKED, at=3)
        rec.event(1, Kind.STEP_END, 80, own)
        rec.step(1, own, 20, 80)
    rec.event(1, Kind.LOOP_LATE, 81, value=50_000_000)
    for row in (0, 1):
        rec.step(1, row, 81 + row, 81.5 + row)
        rec.end(1, row, 82 + row)
    return rec


def test_visitors_are_stalled_while_a_loop_works_on_its_own(recording: Any) -> None:
    trace = held(recording).trace()
    trace.workers[1].locations[3] = LINE
    for row in (0, 1):
        totals = trace.state_totals_ns(row)
        assert totals[State.STALLED] == pytest.approx(60_000_000, abs=2_000_000)
        spans, handling = trace.life(row, trace.visits.done_ns[row]), trace.handling(row)
        assert stalled_behind(trace, spans, handling)[OWN_WORK] == 60_000_000
    assert own_work_line(trace.workers[1], 0, 1 << 62) == LINE


def test_own_work_is_busy_and_blocked_time_of_its_worker_and_its_line_is_blamed(recording: Any) -> None:
    rec = held(recording)
    trace = rec.trace()
    trace.workers[1].locations[3] = LINE
    inside = look_inside(trace, (rec.at(0), rec.at(100)))
    (seen,) = inside.workers_seen
    assert seen.requests == 2
    assert seen.own_work_ms == pytest.approx(60)
    assert seen.busy_share == pytest.approx(0.62)
    assert seen.blocked_share == pytest.approx(0.60)
    assert inside.in_flight is not None
    assert inside.in_flight.max == 2
    (line,) = inside.blame
    assert (line.where, line.state, line.ms) == (LINE, "blocked", pytest.approx(60))
    assert seen.own_work == [line]
    assert joining(trace).unknown == 0


def test_own_work_that_goes_on_holds_its_loop_until_its_worker_told_last(recording: Any) -> None:
    rec = recording()
    own = OWN_WORK - rec.first_id
    rec.visit(0, done=100)
    rec.begin(1, 0, 10)
    rec.step(1, 0, 10, 11)
    rec.event(1, Kind.STEP_START, 20, own)
    rec.look(1, own, 60, Seen.BLOCKED, at=3)
    trace = rec.trace()
    worker = trace.workers[1]
    worker.locations[3] = LINE
    assert worker.loops[0].holder(rec.at(50)) == OWN_WORK
    assert WorkerTime(trace, worker).own_work(rec.at(100)) == (40_000_000, LINE)
    assert not worker.at_work


def test_what_a_task_of_an_earlier_request_does_is_the_loops_own_work_where_it_lasts(recording: Any) -> None:
    rec = recording()
    before = -50
    rec.visit(0, done=100)
    rec.begin(1, 0, 10)
    rec.step(1, before, 12, 12.2)
    rec.step(1, before, 20, 40)
    rec.event(1, Kind.STEP_START, 50, before)
    rec.look(1, before, 60, Seen.RUNNING, cpu=10, at=3)
    rec.event(1, Kind.STEP_END, 70, before)
    rec.step(1, before, 50, 70)
    worker = rec.trace().workers[1]
    assert [(s.start_ns, s.end_ns) for s in worker.own_work.slices] == [
        (rec.at(20), rec.at(40)),
        (rec.at(50), rec.at(70)),
    ]
    assert worker.loops[0].held_ns(rec.at(0), rec.at(100)) == pytest.approx(40_200_000, abs=10)
    assert not worker.handlings[rec.first_id].slices


def test_beats_that_come_late_agree_with_what_is_told_or_do_not(recording: Any) -> None:
    for told, untold_ms in ((True, 1), (False, 50)):
        rec = held(recording, told=told)
        trace = rec.trace()
        late_ns, untold_ns = late_beats_ns(trace, trace.workers[1], (rec.at(0), rec.at(100)))
        assert late_ns == 50_000_000
        assert untold_ns == pytest.approx(untold_ms * 1e6, abs=1e5)


def test_a_thread_that_computes_explains_a_late_beat_and_one_that_sleeps_does_not(recording: Any) -> None:
    for seen, cpu, untold_ms in ((Seen.RUNNING, 40, 10), (Seen.BLOCKED, 0, 50)):
        rec = recording()
        rec.visit(0, done=100)
        rec.begin(1, 0, 10)
        rec.step(1, 0, 10, 11)
        rec.event(1, Kind.THREAD_START, 41, 0, value=5_000_000_000, lane=1)
        rec.look(1, 0, 81, seen, cpu=cpu, lane=1)
        rec.event(1, Kind.LOOP_LATE, 81, value=50_000_000)
        rec.event(1, Kind.THREAD_END, 81, 0, value=5_000_000_000 + cpu * 1_000_000, lane=1)
        trace = rec.trace()
        _, untold_ns = late_beats_ns(trace, trace.workers[1], (rec.at(0), rec.at(100)))
        assert untold_ns == pytest.approx(untold_ms * 1e6, abs=1e5)


def test_work_after_the_end_of_a_request_counts_and_is_no_state_of_its_visit(recording: Any) -> None:
    rec = recording(requests=2)
    for row, begin in ((0, 10), (1, 100)):
        rec.visit(row, done=begin + 5, intended=begin)
        rec.begin(1, row, begin)
        rec.step(1, row, begin, begin + 1)
        rec.end(1, row, begin + 4)
        rec.event(1, Kind.STEP_START, begin + 10, row)
        rec.look(1, row, begin + 20, Seen.BLOCKED, at=3)
        rec.event(1, Kind.STEP_END, begin + 60, row)
        rec.step(1, row, begin + 10, begin + 60)
    trace = rec.trace()
    trace.workers[1].locations[3] = LINE
    inside = look_inside(trace, (rec.at(10), rec.at(105)))
    (line,) = inside.blame
    assert (line.where, line.state, line.ms) == (LINE, "blocked", pytest.approx(100))  # the last one's too
    assert inside.workers_seen[0].blocked_share == pytest.approx(50 / 95)
    assert inside.workers_seen[0].own_work_ms == 0
    assert all(trace.state_totals_ns(row)[State.BLOCKED] == 0 for row in (0, 1))


def test_a_first_step_that_was_told_before_its_request_is_no_own_work(recording: Any) -> None:
    """As workers of older versions told it; their runs still open."""
    rec = recording()
    rec.event(1, Kind.STEP_START, 9, 0)
    rec.begin(1, 0, 9.1)
    rec.event(1, Kind.STEP_END, 20, 0)
    rec.step(1, 0, 30, 31)
    worker = rec.trace().workers[1]
    assert worker.own_work.slices == []
    assert list(worker.loops[0].requests) == [rec.first_id] * 2
    assert worker.loops[0].held_ns(rec.at(0), rec.at(100)) == 12_000_000
    assert not worker.at_work


def test_what_the_loop_was_at_before_this_log_is_told_by_the_looks_at_it_meanwhile(recording: Any) -> None:
    """Its start was told to the log before; the whole comes at its end: it is no CPU that nobody has looked at."""
    rec = held(recording, told=False)
    own = OWN_WORK - rec.first_id
    for ms in (2, 8):
        rec.look(1, own, ms, Seen.BLOCKED, at=3)
    rec.step(1, own, -40, 9)
    trace = rec.trace()
    trace.workers[1].locations[3] = LINE
    (slice_,) = trace.workers[1].own_work.slices
    assert {state for state, *_ in slice_.pieces(rec.at(9))} == {State.BLOCKED}
    (line,) = look_inside(trace, (rec.at(0), rec.at(100))).blame
    assert (line.where, line.state, line.ms) == (LINE, "blocked", pytest.approx(9))
