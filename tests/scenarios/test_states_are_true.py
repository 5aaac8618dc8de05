"""Views of which it is known what they do: the states and the blamed line say just that. Live servers."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.live, pytest.mark.alone]

VIEWS = Path(__file__).parent / "folders" / "truth" / "views.py"


def line_of(code: str) -> int:
    """The number of the one line of the views that reads so."""
    (number,) = [n for n, line in enumerate(VIEWS.read_text().splitlines(), 1) if line.strip() == code]
    return number


def blamed(result, state: str) -> str:
    """Where most time in `state` was spent."""
    return max((blame for blame in result.blame if blame.state == state), key=lambda blame: blame.ms).where


def test_a_view_that_sleeps_is_blocked_at_the_line_that_sleeps(run_view, shares):
    (result,) = run_view("sleeps", "gunicorn-sync", requests=4).result.targets
    assert shares(result)["blocked"] > 0.95
    line = [n for n, text in enumerate(VIEWS.read_text().splitlines(), 1) if "time.sleep" in text]
    assert blamed(result, "blocked") in {f"views.py:{n} sleeps" for n in line}


def test_a_view_that_spins_is_running(run_view, shares):
    (result,) = run_view("spins", "gunicorn-sync", requests=4).result.targets
    share = shares(result)
    assert share["blocked"] < 0.05
    assert share["running"] > share["stalled"]
    assert "spend_cpu" in blamed(result, "running")


def test_a_view_that_computes_and_then_sleeps_is_half_running_and_half_blocked(run_view, shares):
    (result,) = run_view("half_and_half", "gunicorn-sync", requests=4).result.targets
    share = shares(result)
    assert result.states_ms["running"] == pytest.approx(50, rel=0.15)  # by the CPU clock, however busy the machine
    assert 45 < result.states_ms["blocked"] < 90
    assert share["awaiting"] == 0


def test_a_view_that_calls_a_slow_service_is_blocked(run_view, shares):
    (result,) = run_view("calls_upstream", "gunicorn-sync", requests=4).result.targets
    assert shares(result)["blocked"] > 0.95
    assert "calls_upstream" in blamed(result, "blocked")


def test_a_view_that_awaits_is_awaiting(run_view, shares):
    (result,) = run_view("awaits", "uvicorn", requests=4).result.targets
    assert shares(result)["awaiting"] > 0.85


def test_a_view_that_holds_its_loop_is_blocked_and_its_neighbours_are_stalled(run_view, shares):
    (result,) = run_view("holds_the_loop", "uvicorn", requests=6).result.targets
    share = shares(result)
    assert share["awaiting"] < 0.05
    assert share["blocked"] > 0.15
    assert share["stalled"] > share["blocked"]  # six on one loop: on average 2.5 wait for each that holds it
    assert "holds_the_loop" in blamed(result, "blocked")


def test_a_view_that_spins_on_the_loop_is_running_and_its_neighbours_are_stalled(run_view, shares):
    (result,) = run_view("spins_on_the_loop", "uvicorn", requests=6).result.targets
    share = shares(result)
    assert share["blocked"] < 0.05
    assert share["awaiting"] < 0.05
    assert share["stalled"] > share["running"] > 0.15


def test_an_application_without_django_is_seen_from_its_first_step(run_view, shares):
    (result,) = run_view("bare", "uvicorn", bare=True, requests=1).result.targets
    share = shares(result)
    assert share["running"] > 0.5
    assert share["running"] + share["stalled"] > 0.9  # whoever else is on this machine takes its core now and then


def test_sync_views_under_asgi_block_a_thread_each_and_not_the_loop(run_view, shares):
    (result,) = run_view("sleeps", "uvicorn", requests=6).result.targets
    assert shares(result)["blocked"] > 0.8
    assert result.makespan_s < 3 * result.service_s


def test_a_view_that_hands_sleeping_to_a_thread_is_blocked_there(run_view, shares):
    (result,) = run_view("runs_sync_code", "uvicorn", requests=4).result.targets
    assert shares(result)["blocked"] > 0.85


def test_eight_threads_that_spin_under_one_gil_are_running_and_stalled_and_not_blocked(run_view, shares):
    (result,) = run_view("spins", "uvicorn", requests=8).result.targets
    share = shares(result)
    assert share["blocked"] < 0.1
    assert share["stalled"] > 2 * share["running"]


def test_threads_that_wait_for_a_lock_are_blocked(run_view, shares):
    (result,) = run_view("waits_for_a_lock", "uvicorn", requests=4).result.targets
    assert shares(result)["blocked"] > 0.85


def test_async_code_below_a_sync_view_leaves_its_thread_blocked(run_view, shares):
    (result,) = run_view("runs_async_code", "gunicorn-sync", requests=3).result.targets
    assert shares(result)["blocked"] > 0.85


@pytest.mark.parametrize(
    ("view", "server"), [("sleeps", "gunicorn-sync"), ("awaits", "uvicorn"), ("sleeps", "uvicorn")]
)
def test_every_requests_states_add_up_to_its_latency(view, server, run_view):
    outcome = run_view(view, server, requests=8)
    (trace,) = outcome.traces
    for row in range(len(trace.visits)):
        latency_ns = trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        assert abs(sum(trace.state_totals_ns(row)) - latency_ns) < 1_000_000


@pytest.mark.parametrize(("view", "server"), [("sleeps", "gunicorn-sync"), ("awaits", "uvicorn")])
def test_client_and_server_halves_are_joined_for_every_request_and_nothing_is_lost(view, server, run_view):
    outcome = run_view(view, server, workers=2, requests=40, parameters=("ms=10",))
    (trace,) = outcome.traces
    (result,) = outcome.result.targets
    assert all(trace.handling(row) is not None for row in range(40))
    assert result.telemetry.lost == 0
    assert sum(worker.requests for worker in result.workers_seen) == 40
