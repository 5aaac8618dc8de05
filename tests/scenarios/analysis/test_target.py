from __future__ import annotations

from typing import Any

import pytest

from scenarios.analysis.target import analyse_target
from scenarios.definition import Load, Target
from scenarios.load.report import DriverReport
from scenarios.load.visits import CANCELLED, DROPPED, FAILED, STATUS, TIMEOUT
from scenarios.result import TargetResult
from server_targets.probe.records import Ending, Kind, Seen, Vital

QUIET = DriverReport(0.1, 0.1)


def figures(rec: Any, *, law: Any = None, arrivals: Any = "burst", mode: Any = "measure", **given: Any) -> TargetResult:
    target = Target("uvicorn", "page", name="one", law=law)
    report = given.get("report", QUIET)
    trace = given.get("trace") or rec.trace()
    return analyse_target(trace, target, Load(arrivals, rec.requests), mode, report, given.get("probe", True))


def staircase(recording: Any) -> Any:
    """Four visitors of two sync workers, 100 ms each, 20 ms of it CPU."""
    rec = recording(requests=4, interface="wsgi", workers=2, service_ms=100, cpu_ms=20)
    for row in range(4):
        begin = 100 * (row // 2)
        rec.visit(row, begin + 100)
        rec.wsgi(row % 2 + 1, row, begin, begin + 100, cpu=20)
    return rec


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


def test_a_sync_worker_is_busy_while_it_has_a_request_and_blocked_while_that_waits(recording: Any) -> None:
    for worker in figures(staircase(recording)).workers_seen:
        assert worker.requests == 2
        assert worker.busy_share == pytest.approx(1)
        assert worker.blocked_share == pytest.approx(0.8)
        assert worker.loop_held_max_ms is None


def test_a_loop_is_busy_only_while_a_step_holds_it(recording: Any) -> None:
    rec = recording(requests=2)
    for row in (0, 1):
        rec.visit(row, 100)
        rec.begin(1, row, 0)
    rec.step(1, 0, 0, 10)
    rec.event(1, Kind.STEP_START, 10, 1)
    rec.look(1, 1, 15, Seen.BLOCKED)
    rec.event(1, Kind.STEP_END, 40, 1)
    (worker,) = figures(rec).workers_seen
    assert worker.busy_share == pytest.approx(0.4)
    assert worker.blocked_share == pytest.approx(0.3)
    assert worker.loop_held_max_ms == pytest.approx(30)


def test_a_worker_that_dies_is_busy_until_then_and_no_longer(recording: Any) -> None:
    rec = recording(requests=2)
    rec.visit(0, 40, outcome=FAILED)
    rec.visit(1, 100)
    rec.begin(1, 0, 10)
    rec.event(1, Kind.STEP_START, 10, 0)
    rec.begin(2, 1, 50)
    rec.step(2, 1, 50, 60)
    trace = rec.trace()
    trace.workers[1].died_ns = rec.at(40)
    result = figures(rec, trace=trace)
    dead = result.workers_seen[0]
    assert dead.busy_share == pytest.approx(0.3)
    assert dead.loop_held_max_ms == pytest.approx(30)
    assert result.in_flight is not None
    assert result.in_flight.max == 1


def test_a_late_heartbeat_tells_of_a_loop_that_no_request_held(recording: Any) -> None:
    rec = recording()
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 1)
    rec.event(1, Kind.LOOP_LATE, 80, value=60_000_000)
    assert figures(rec).workers_seen[0].loop_held_max_ms == pytest.approx(60)


def test_peaks_are_of_the_run_and_null_where_nothing_was_read(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.event(1, Kind.VITAL, -500, value=90_000, flag=Vital.RSS_KB)
    rec.wsgi(1, 0, 0, 100)
    rec.event(1, Kind.VITAL, 50, value=40_960, flag=Vital.RSS_KB)
    (worker,) = figures(rec).workers_seen
    assert worker.rss_peak_mb == 40
    assert worker.threads_peak is None


def test_a_run_shorter_than_the_interval_of_readings_has_the_one_taken_right_after_it(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.wsgi(1, 0, 0, 100)
    rec.event(1, Kind.VITAL, 103, value=3, flag=Vital.THREADS)
    assert figures(rec).workers_seen[0].threads_peak == 3


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


def test_every_request_is_accounted_for_and_only_completed_ones_have_a_latency(recording: Any) -> None:
    rec = recording(requests=6, interface="wsgi")
    rec.visit(0, 100)
    rec.visit(1, 10, outcome=FAILED, status=503, error=STATUS)
    rec.visit(2, 50, outcome=FAILED, status=0, error=TIMEOUT)
    rec.visit(3, 60, outcome=CANCELLED, status=0)
    rec.visit(4, outcome=DROPPED, status=0)
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


def test_without_a_probe_what_it_would_have_told_is_null_and_never_zero(recording: Any) -> None:
    result = figures(staircase(recording), law="one-per-worker", probe=False)
    unknown = (result.states_ms, result.queue_ms, result.in_flight, result.hops_per_request, result.telemetry)
    assert unknown == (None,) * 5
    assert (result.workers_seen, result.blame) == ([], [])
    assert result.law is not None
    assert result.law.holds  # this law needs no count of the busiest worker


def test_a_run_in_which_nothing_ended_has_no_figures(recording: Any) -> None:
    rec = recording(requests=2)
    result = figures(rec, law="all-at-once")
    assert (result.makespan_s, result.throughput_rps, result.latency_ms, result.law) == (None,) * 4
    assert result.requests.dropped == 2


def test_laws_are_for_measured_bursts(recording: Any) -> None:
    assert figures(staircase(recording), law="one-per-worker", mode="race").law is None
    assert figures(staircase(recording), law="one-per-worker", arrivals="closed").law is None
    assert figures(staircase(recording)).law is None


def test_on_one_worker_nobody_has_to_count_who_is_busiest(recording: Any) -> None:
    rec = recording(requests=3, service_ms=50)
    for row in range(3):
        rec.visit(row, 50 * (row + 1))
    law = figures(rec, law="loop-held", probe=False).law
    assert law is not None
    assert (law.busiest, law.holds) == (3, True)


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


def test_requests_of_warm_up_are_left_out(recording: Any) -> None:
    rec = staircase(recording)
    rec.wsgi(1, -50, -300, -100)
    result = figures(rec)
    assert sum(worker.requests for worker in result.workers_seen) == 4
    assert result.in_flight is not None
    assert result.in_flight.max == 2


@pytest.mark.parametrize(
    ("lag_ms", "cpu_share", "limited"),
    [(4.9, 0.5, False), (5.1, 0.5, False), (7.4, 0.5, False), (7.6, 0.5, True), (0.1, 0.91, True), (0.1, 0.9, False)],
)
def test_the_driver_limits_a_run_above_5_ms_and_5_percent_or_90_percent_of_a_core(
    recording: Any, lag_ms: float, cpu_share: float, limited: bool
) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 150)  # of which 5 % are 7.5 ms
    assert figures(rec, report=DriverReport(lag_ms, cpu_share)).driver.limited is limited


def test_a_driver_without_a_schedule_cannot_be_late(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 150)
    assert not figures(rec, report=DriverReport(None, 0.5)).driver.limited
    assert figures(rec, report=DriverReport(None, 0.95)).driver.limited


def test_a_median_below_100_ms_is_judged_by_the_5_ms(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 20)
    assert not figures(rec, report=DriverReport(4.0, 0.1)).driver.limited
    assert figures(rec, report=DriverReport(6.0, 0.1)).driver.limited
