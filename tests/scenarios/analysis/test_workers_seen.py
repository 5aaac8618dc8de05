"""What each worker was busy with, and its peaks."""

from __future__ import annotations

from typing import Any

import pytest
from analysed import figures, staircase
from last_frame import compared, last_frame
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unserved import reservations
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED
from asgi_vs_wsgi.scenarios.results import TargetEnvironment
from asgi_vs_wsgi.scenarios.trace.worker_trace import Fate
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK, Crossing, Kind, Seen, Vital


def test_a_sync_worker_is_busy_while_it_has_a_request_and_blocked_while_that_waits(recording: Any) -> None:
    result = figures(staircase(recording))
    assert result.workers_lost == 0
    for worker in result.workers_seen:
        assert worker.requests == 2
        assert worker.busy_share == pytest.approx(1)
        assert worker.blocked_share == pytest.approx(0.8)
        assert worker.loop_held_max_ms is None


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_a_loop_or_a_hub_is_busy_only_while_a_step_holds_it(interface: str, recording: Any) -> None:
    rec = recording(requests=2, interface=interface)
    for row in (0, 1):
        rec.visit(row, 100)
        rec.begin(1, row, 0)
    rec.step(1, 0, 0, 10)
    rec.event(1, Kind.STEP_START, 10, 1)
    rec.look(1, 1, 15, Seen.BLOCKED)
    rec.event(1, Kind.STEP_END, 40, 1)
    trace = rec.trace()
    trace.facts = replace(trace.facts, slot="none")
    (worker,) = figures(rec, trace=trace).workers_seen
    assert worker.busy_share == pytest.approx(0.4)
    assert worker.blocked_share == pytest.approx(0.3)
    assert worker.loop_held_max_ms == pytest.approx(30)


def test_a_worker_is_blocked_for_as_long_as_it_works_for_one_who_has_left(recording: Any) -> None:
    rec = recording(requests=2, interface="wsgi", workers=1)
    rec.visit(0, 20, outcome=CANCELLED)
    rec.visit(1, 100)
    rec.wsgi(1, 0, 0, 60, cpu=10)
    rec.wsgi(1, 1, 60, 100, cpu=10)
    (worker,) = figures(rec).workers_seen
    assert worker.busy_share == pytest.approx(1)
    assert worker.blocked_share == pytest.approx(0.8)


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
    assert result.workers_lost == 1


def test_a_wsgi_worker_that_dies_is_held_by_its_visitor_until_then_and_no_longer(recording: Any) -> None:
    rec = recording(requests=2, interface="wsgi", workers=1)
    rec.visit(0, 40, outcome=FAILED)
    rec.visit(1, 100)
    rec.begin(1, 0, 10)
    rec.wsgi(2, 1, 50, 60, cpu=10)
    trace = rec.trace()
    trace.workers[1].died_ns = rec.at(40)
    dead = figures(rec, trace=trace).workers_seen[0]
    assert dead.busy_share == pytest.approx(0.3)


def test_the_busiest_worker_is_the_one_that_had_most(recording: Any) -> None:
    rec = recording(requests=4, workers=2, service_ms=100)
    for row, pid in enumerate((1, 1, 2, 1)):
        rec.visit(row, 300)
        rec.begin(pid, row, row)
        rec.end(pid, row, 300)
    result = figures(rec, law="loop-held")
    assert result.law is not None
    assert (result.law.busiest, result.law.holds) == (3, True)
    assert result.in_flight is not None
    assert (result.in_flight.max, result.in_flight.max_per_worker) == (4, 3)


def test_no_line_is_blamed_for_a_wait_for_the_gil(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.wsgi(1, 0, 0, 100, cpu=10)
    rec.look(1, 0, 50, Seen.STALLED, lane=1, at=1)
    trace = rec.trace()
    trace.workers[1].locations = {1: "views.py:3 page"}
    result = figures(rec, trace=trace)
    assert result.states_ms is not None
    assert result.states_ms["stalled"] == pytest.approx(90)
    assert [line.state for line in result.blame] == ["running"]


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
    for ms, value in ((30, 20_480), (50, 40_960), (70, 30_720)):
        rec.event(1, Kind.VITAL, ms, value=value, flag=Vital.RSS_KB)
    (worker,) = figures(rec).workers_seen
    assert worker.rss_peak_mb == 40
    assert worker.threads_peak is None


@pytest.mark.parametrize(
    ("used_ms", "servers_ms"),
    [(50, 20), (30, 0), (24, None)],
    ids=["the rest is its server's", "none", "steps set aside"],
)
def test_a_workers_cpu_is_what_it_ran_and_what_its_server_did(
    recording: Any, used_ms: int, servers_ms: int | None
) -> None:
    """A request's steps and call, and the loop's own work, between the lab's two readings; not what was before."""
    rec = recording()
    rec.visit(0, 100)
    rec.event(1, Kind.STEP, -300, OWN_WORK - rec.first_id, value=rec.at(-200))
    rec.event(1, Kind.VITAL, -5, value=1_000_000, flag=Vital.CPU_US)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 8)
    rec.event(1, Kind.THREAD, 10, 0, value=30_000_000 << 32 | 10_000_000, lane=1, flag=Crossing.LOOP)
    rec.step(1, 0, 50, 52)
    rec.event(1, Kind.STEP, 60, OWN_WORK - rec.first_id, value=rec.at(70))
    rec.end(1, 0, 100)
    rec.event(1, Kind.VITAL, 160, value=1_000_000 + used_ms * 1000, flag=Vital.CPU_US)
    rec.event(1, Kind.VITAL, -5, value=7_000, flag=Vital.READY_US)
    rec.event(1, Kind.VITAL, 160, value=9_500, flag=Vital.READY_US)
    (worker,) = figures(rec).workers_seen
    assert worker.ready_ms == 2.5, "meanwhile, and not before"
    told = (worker.cpu_ms, worker.running_ms, worker.server_own_ms)
    assert told == (pytest.approx(used_ms), pytest.approx(30), servers_ms and pytest.approx(servers_ms))


@pytest.mark.parametrize("at", [[], [-5], [160]])
def test_of_a_worker_that_was_not_there_all_along_no_cpu_is_told(recording: Any, at: list[int]) -> None:
    rec = recording()
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 100)
    for ms in at:
        rec.event(1, Kind.VITAL, ms, value=5, flag=Vital.CPU_US)
    (worker,) = figures(rec).workers_seen
    assert (worker.cpu_ms, worker.running_ms, worker.server_own_ms, worker.ready_ms) == (None,) * 4


def test_a_run_shorter_than_the_interval_of_readings_has_the_one_taken_right_after_it(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.wsgi(1, 0, 0, 100)
    rec.event(1, Kind.VITAL, 103, value=3, flag=Vital.THREADS)
    assert figures(rec).workers_seen[0].threads_peak == 3


def test_what_a_worker_held_before_the_first_visitor_is_told_and_not_charged_to_the_round(recording: Any) -> None:
    """The warm-up had 90 MB and 12 threads, of which 30 MB and 8 threads stayed."""
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    for ms, size, threads in ((-900, 90_000, 12), (-1, 30_720, 8)):
        rec.event(1, Kind.VITAL, ms, value=size, flag=Vital.RSS_KB)
        rec.event(1, Kind.VITAL, ms, value=threads, flag=Vital.THREADS)
    rec.wsgi(1, 0, 0, 100)
    rec.event(1, Kind.VITAL, 103, value=40_960, flag=Vital.RSS_KB)
    rec.event(1, Kind.VITAL, 103, value=9, flag=Vital.THREADS)
    (worker,) = figures(rec).workers_seen
    assert (worker.rss_before_mb, worker.rss_peak_mb) == (30, 40)
    assert (worker.threads_before, worker.threads_peak) == (8, 9)


def test_connections_of_before_are_no_part_of_a_peak_that_they_did_not_last_until(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.wsgi(1, 0, 0, 100)
    for ms, connections in ((-500, 20), (-2, 3), (10, 4), (120, 2)):
        rec.event(1, Kind.VITAL, ms, value=connections, flag=Vital.CONNECTIONS)
    trace = rec.trace()
    trace.facts = replace(trace.facts, database="sqlite")
    counted = figures(rec, trace=trace).connections
    assert counted is not None
    assert (counted.before, counted.peak, counted.at_end) == (3, 4, 2)
    assert [count for _, count in counted.over_time] == [4, 2]


def test_workers_that_end_because_they_were_told_to_are_not_lost_and_say_when(recording: Any) -> None:
    rec = recording(requests=3, workers=2)
    for row, pid in enumerate((1, 2, 3)):
        rec.visit(row, 100)
        rec.begin(pid, row, row)
        rec.end(pid, row, 50)
    trace = rec.trace()
    trace.workers[1].died_ns, trace.workers[1].fate = rec.at(60), Fate(0, rec.at(40), "reloaded")
    trace.workers[2].died_ns, trace.workers[2].fate = rec.at(80), Fate(0, 0, "died")
    trace.workers[3].fate = Fate(rec.at(55))
    result = figures(rec, trace=trace)
    reloaded, dead, new = result.workers_seen
    assert (result.workers_lost, result.workers_ended) == (1, 1)
    assert (reloaded.ended, reloaded.told_s, reloaded.gone_s, reloaded.replaced_s) == (
        *("reloaded", pytest.approx(0.04), pytest.approx(0.06)),
        pytest.approx(0.055),
    )
    assert (dead.ended, dead.told_s, dead.replaced_s) == ("died", None, None)
    assert new.ended is None
    assert compared(last_frame(trace))["workers_ended"] == 1


def test_only_a_death_speaks_against_a_target(recording: Any) -> None:
    rec = recording(requests=1, workers=1)
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.end(1, 0, 50)
    trace = rec.trace()
    trace.workers[1].died_ns, trace.workers[1].fate = rec.at(90), Fate(0, rec.at(80), "stopped")
    assert "worker" not in " ".join(reservations(figures(rec, trace=trace)))
    trace.workers[1].fate = Fate()  # as in runs that were saved before it was told
    assert "1 worker died" in reservations(figures(rec, trace=trace))


@pytest.mark.parametrize(("at_ms", "counted"), [([], 0), ([5], 1), ([-20, 5, 30, 30], 3), ([-1, -2], 0)])
def test_websockets_count_from_the_first_visitor_on(recording: Any, at_ms: list[int], counted: int) -> None:
    rec = recording(requests=1)
    rec.visit(0, 40)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 10)
    rec.end(1, 0, 10)
    for worker, ms in enumerate(at_ms):
        rec.event(1 + worker % 2, Kind.VITAL, ms, value=1, flag=Vital.WEBSOCKETS)
    trace = rec.trace()
    assert figures(rec, trace=trace).websockets is None  # workers of before did not count them
    trace.facts = replace(trace.facts, environment=TargetEnvironment(probe="compiled"))
    assert figures(rec, trace=trace).websockets == counted
    assert last_frame(trace).websockets == counted


@pytest.mark.parametrize(("interface", "probe"), [("wsgi", True), ("asgi", False)])
def test_where_nobody_counts_websockets_there_is_no_number(recording: Any, interface: str, probe: bool) -> None:
    rec = staircase(recording) if interface == "wsgi" else recording(requests=1)
    rec.visit(0, 40)
    trace = rec.trace()
    trace.facts = replace(trace.facts, environment=TargetEnvironment(probe="compiled" if probe else None))
    assert figures(rec, trace=trace, probe=probe).websockets is None
    assert last_frame(trace).websockets is None
