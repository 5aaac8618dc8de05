"""What was not measured is null, and a law is checked only where it applies."""

from __future__ import annotations

from typing import Any

import pytest
from analysed import figures, staircase

from asgi_vs_wsgi.scenarios.load.visits import FAILED, STATUS


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


def test_on_several_workers_who_is_busiest_is_not_known_where_nobody_counted(recording: Any) -> None:
    assert figures(staircase(recording), law="loop-held", probe=False).law is None


def test_a_law_is_told_of_the_time_and_of_the_cpu_of_a_lone_request(recording: Any) -> None:
    rec = recording(requests=10, service_ms=200, cpu_ms=20)
    for row in range(10):
        rec.visit(row, 400)
    law = figures(rec, law="all-at-once", probe=False).law
    assert law is not None
    assert law.predicted_makespan_s == pytest.approx(0.2 + 10 * 0.02)
    assert (law.service_s, law.cpu_s) == (0.2, 0.02)


def test_answers_that_are_no_page_confirm_no_law(recording: Any) -> None:
    rec = staircase(recording)
    rec.visits.status[3] = 404
    law = figures(rec, law="one-per-worker").law
    assert law is not None
    assert law.holds is None
    assert "1 of 4 answers was no page" in (law.reason or "")


def test_answers_that_are_no_page_confirm_no_law_where_failing_is_the_lesson_either(recording: Any) -> None:
    rec = staircase(recording)
    rec.visits.status[3] = 429
    law = figures(rec, law="one-per-worker", failures_expected=True).law
    assert law is not None
    assert (law.holds, law.reason) == (False, None)


def test_a_burst_that_failed_somebody_confirms_no_law(recording: Any) -> None:
    rec = staircase(recording)
    rec.visits.outcome[3], rec.visits.status[3], rec.visits.error[3] = FAILED, 503, STATUS
    law = figures(rec, law="one-per-worker").law
    assert law is not None
    assert (law.holds, law.reason) == (False, None)


def test_a_law_is_not_judged_by_a_lone_request_that_got_no_page(recording: Any) -> None:
    rec = staircase(recording)
    trace = rec.trace()
    assert figures(rec, law="one-per-worker", trace=trace).law.holds is True
    trace.lone_unserved = "429"
    law = figures(rec, law="one-per-worker", trace=trace).law
    assert law is not None
    assert (law.holds, law.reason) == (None, "a lone request was answered 429")
