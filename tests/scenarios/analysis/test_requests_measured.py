"""Every request is counted, and its time told as it was."""

from __future__ import annotations

from typing import Any

import pytest
from analysed import figures, staircase

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DROPPED, FAILED, STATUS, TIMEOUT
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending, Kind, Seen


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


def test_requests_of_warm_up_are_left_out(recording: Any) -> None:
    rec = staircase(recording)
    rec.wsgi(1, -50, -300, -100)
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
