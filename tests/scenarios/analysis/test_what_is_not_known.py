"""What was not measured is null, and a law is checked only where it applies."""

from __future__ import annotations

from typing import Any

from analysed import figures, staircase


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
