"""Every request is counted, and its time told as it was."""

from __future__ import annotations

from typing import Any

import pytest
from analysed import figures, staircase
from last_frame import compared, last_frame
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.request_figures import longest_line
from asgi_vs_wsgi.scenarios.analysis.target_figures import connections
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED, PENDING, STATUS, TIMEOUT
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.probe.protocol.records import Crossing, Ending, Kind, Seen, Vital


def test_a_staircase_is_measured_as_it_is(recording: Any) -> None:
    result = figures(staircase(recording), law="one-per-worker")
    assert result.makespan_s == pytest.approx(0.2)
    assert result.throughput_rps == pytest.approx(20)
    assert result.latency_ms is not None
    assert (result.latency_ms.p50, result.latency_ms.p95) == (100.0, 200.0)
    assert result.in_flight is not None
    assert (result.in_flight.max, result.in_flight.max_per_worker) == (2, 1)
    assert result.hops_per_request == 0
    assert result.law is not None
    assert result.law.holds
    assert result.law.predicted_makespan_s == pytest.approx(0.2)


def test_states_are_the_mean_of_a_completed_request_and_add_up_to_the_mean_latency(recording: Any) -> None:
    result = figures(staircase(recording))
    assert result.states_ms is not None
    assert result.latency_ms is not None
    assert result.states_ms["queued"] == pytest.approx(50)
    assert result.states_ms["running"] == pytest.approx(20)
    assert result.states_ms["blocked"] == pytest.approx(80)
    assert sum(result.states_ms.values()) == pytest.approx(result.latency_ms.mean)
    assert result.queue_ms is not None
    assert result.queue_ms.max == 100


def test_every_request_is_accounted_for_and_only_completed_ones_have_a_latency(recording: Any) -> None:
    rec = recording(requests=6, interface="wsgi")
    rec.visit(0, 100)
    rec.visit(1, 10, outcome=FAILED, status=503, error=STATUS)
    rec.visit(2, 50, outcome=FAILED, status=0, error=TIMEOUT)
    rec.visit(3, 60, outcome=CANCELLED, status=0)
    rec.visit(4, outcome=PENDING, status=0)
    result = figures(rec)
    counts = result.requests
    assert (counts.planned, counts.completed, counts.failed, counts.cancelled) == (6, 1, 2, 1)
    assert counts.planned == counts.completed + counts.failed + counts.cancelled + counts.dropped
    assert counts.errors == {"timeout": 1, "status": 1}
    assert counts.statuses == {"200": 1, "503": 1}
    assert result.latency_ms is not None
    assert result.latency_ms.min == result.latency_ms.max == 100
    assert result.throughput_rps == pytest.approx(10)


def test_latency_counts_from_the_intended_start_and_beside_it_from_the_send(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 150, connect=90, sent=100)
    result = figures(rec)
    assert result.latency_ms is not None
    assert result.uncorrected_latency_ms is not None
    assert (result.latency_ms.p95, result.uncorrected_latency_ms.p95) == (150, 50)


def test_a_run_lasts_from_its_first_visitor_to_its_last_answer(recording: Any) -> None:
    rec = recording(requests=3, interface="wsgi")
    for row, (intended, done) in enumerate([(0, 300), (100, 150), (200, 250)]):
        rec.visit(row, done, intended=intended)
    assert figures(rec).makespan_s == pytest.approx(0.3)


def test_the_first_byte_has_a_time_of_its_own(recording: Any) -> None:
    rec = recording(requests=2, interface="wsgi")
    rec.visit(0, 100)
    rec.visit(1, 200)
    rec.visits.first_byte_ns[0], rec.visits.first_byte_ns[1] = rec.at(10), rec.at(30)
    result = figures(rec)
    (whole,) = result.classes
    for ttfb in (result.ttfb_ms, whole.ttfb_ms):
        assert ttfb is not None
        assert (ttfb.min, ttfb.max) == (10, 30)


def test_hops_are_those_from_a_loop_to_a_thread_and_back_of_each_who_was_served(recording: Any) -> None:
    rec = recording(requests=3)
    rec.visit(0, 50)
    rec.visit(1, 50)
    rec.visit(2, 50, outcome=FAILED, status=503, error=STATUS)
    for row in range(3):
        rec.begin(1, row, 0)
        for ms, crossing in ((10, Crossing.LOOP), (20, Crossing.THREAD)):
            rec.event(1, Kind.THREAD_START, ms, row, value=1_000, lane=row + 1, flag=crossing)
            rec.event(1, Kind.THREAD_END, ms + 5, row, value=1_000, lane=row + 1)
        rec.end(1, row, 50)
    assert figures(rec).hops_per_request == 1


def test_connections_of_all_workers_are_counted_together_and_not_those_from_before_the_run(recording: Any) -> None:
    rec = recording(interface="wsgi", workers=2)
    rec.visit(0, 100)
    for pid, counts in ((1, [(-10, 50), (0, 2), (100, 1)]), (2, [(0, 3), (100, 0)])):
        for ms, count in counts:
            rec.event(pid, Kind.VITAL, ms, value=count, flag=Vital.CONNECTIONS)
    trace = rec.trace()
    assert connections(trace, (rec.at(0), rec.at(100))) is None  # whose they would be is not known
    trace.facts = replace(trace.facts, database="sqlite")
    counted = connections(trace, (rec.at(0), rec.at(100)))
    assert counted is not None
    assert (counted.peak, counted.at_end, counted.over_time) == (5, 1, [(0, 5), (100, 1)])


def test_requests_of_warm_up_and_of_the_next_round_are_left_out(recording: Any) -> None:
    rec = staircase(recording)
    rec.wsgi(1, -50, -300, -100)
    rec.wsgi(1, rec.requests, 120, 150)
    result = figures(rec)
    assert sum(worker.requests for worker in result.workers_seen) == 4
    assert result.in_flight is not None
    assert result.in_flight.max == 2


def test_of_visitors_who_left_those_are_cancelled_whose_application_ended_without_an_answer(recording: Any) -> None:
    rec = recording(requests=3)
    for row in range(3):
        rec.visit(row, 30, outcome=CANCELLED)
        rec.begin(1, row, 0)
    rec.end(1, 0, 35)
    rec.event(1, Kind.END, 35, 1, flag=Ending.CANCELLED)
    rec.event(1, Kind.RESPONSE_START, 80, 2, value=200)
    rec.end(1, 2, 80)
    left = figures(rec).left
    assert left is not None
    assert (left.requests, left.cancelled) == (3, 2)
    assert left.worked_on_ms == pytest.approx(20)


def test_who_left_before_the_application_began_was_not_worked_on(recording: Any) -> None:
    rec = recording(requests=2)
    for row, begin in ((0, 0), (1, 40)):
        rec.visit(row, 30, outcome=CANCELLED)
        rec.begin(1, row, begin)
        rec.end(1, row, begin + 50)
    left = figures(rec).left
    assert left is not None
    assert left.requests == 1
    assert left.worked_on_ms == pytest.approx(20)


def test_blame_is_the_time_at_each_line_and_the_longest_comes_first(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.event(1, Kind.BEGIN, 0, 0, value=5_000_000_000, lane=1)
    rec.look(1, 0, 30, Seen.BLOCKED, lane=1, at=1)
    rec.look(1, 0, 90, Seen.BLOCKED, lane=1, at=2)
    rec.event(1, Kind.END, 100, 0, value=5_000_000_000, lane=1)
    trace = rec.trace()
    trace.workers[1].locations = {1: "views.py:3 page", 2: "views.py:4 page"}
    blame = figures(rec, trace=trace).blame
    assert [(line.where, line.state) for line in blame] == [
        ("views.py:4 page", "blocked"),
        ("views.py:3 page", "blocked"),
    ]
    assert [line.ms for line in blame] == pytest.approx([70, 30])


def test_a_line_has_beside_it_that_of_the_library_which_waited_for_it_longest(recording: Any) -> None:
    """Its time is that at all of them; the last frame and a visitor's story say the same."""
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.event(1, Kind.BEGIN, 0, 0, value=5_000_000_000, lane=1)
    for ms, at in ((20, 1), (50, 2), (90, 3)):
        rec.look(1, 0, ms, Seen.BLOCKED, lane=1, at=at)
    rec.event(1, Kind.END, 100, 0, value=5_000_000_000, lane=1)
    trace = rec.trace()
    line, other = "models.py:7 load", "views.py:4 page"
    trace.workers[1].locations = {1: f"{line} <- a/b.py:1 x", 2: f"{line} <- sqlite3/base.py:359 execute", 3: other}
    result = figures(rec, trace=trace)
    assert [(each.where, each.library, each.own_code) for each in result.blame] == [
        (line, "sqlite3/base.py:359 execute", True),
        (other, None, True),
    ]
    assert [each.ms for each in result.blame] == pytest.approx([50, 50])
    assert compared(last_frame(trace)) == compared(result)
    spans, handling = trace.life(0, trace.visits.done_ns[0]), trace.handling(0)
    assert handling is not None
    assert longest_line(spans, State.BLOCKED, handling) in (f"{line} <- sqlite3/base.py:359 execute", other)


def test_a_line_of_a_library_that_nobody_is_known_to_have_called_is_no_line_of_the_users(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.event(1, Kind.BEGIN, 0, 0, value=5_000_000_000, lane=1)
    rec.look(1, 0, 90, Seen.BLOCKED, lane=1, at=1)
    rec.event(1, Kind.END, 100, 0, value=5_000_000_000, lane=1)
    trace = rec.trace()
    trace.workers[1].locations = {1: " <- sqlite3/base.py:359 execute"}
    result = figures(rec, trace=trace)
    assert [(each.where, each.library, each.own_code) for each in result.blame] == [
        ("sqlite3/base.py:359 execute", None, False)
    ]
    assert compared(last_frame(trace)) == compared(result)


def test_of_a_line_that_mostly_waited_by_itself_no_library_is_told(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.event(1, Kind.BEGIN, 0, 0, value=5_000_000_000, lane=1)
    rec.look(1, 0, 20, Seen.BLOCKED, lane=1, at=1)
    rec.look(1, 0, 90, Seen.BLOCKED, lane=1, at=2)
    rec.event(1, Kind.END, 100, 0, value=5_000_000_000, lane=1)
    trace = rec.trace()
    trace.workers[1].locations = {1: "views.py:3 page <- a/b.py:1 x", 2: "views.py:3 page"}
    (line,) = figures(rec, trace=trace).blame
    assert (line.where, line.library) == ("views.py:3 page", None)
    assert line.ms == pytest.approx(100)
