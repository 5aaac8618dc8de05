"""Views of which it is known what they do: the states and the blamed line say just that. Live servers, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from folder_runs import of_folder, one_by_one, run_quietly
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome

pytestmark = [pytest.mark.live, pytest.mark.alone]
VISITORS = 6
"""At once, of each view."""
SYNC = ("sleeps", "spins", "half_and_half", "calls_upstream", "runs_async_code")
ON_A_LOOP = (
    "awaits",
    "holds_the_loop",
    "spins_on_the_loop",
    "sleeps",
    "runs_sync_code",
    "spins",
    "waits_for_a_lock",
)

VIEWS = Path(__file__).parent / "folders" / "truth" / "views.py"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Of each view, by SERVER-VIEW: its target was measured while nobody visited the others."""
    asked = [("gunicorn-sync", view) for view in SYNC] + [("uvicorn", view) for view in ON_A_LOOP]
    targets = tuple(Target(server, view, workers=1, name=f"{server}-{view}") for server, view in asked)
    return one_by_one(run_quietly(replace(of_folder("truth", requests=VISITORS), targets=targets)))


@pytest.fixture
def result_of(outcomes):
    """What was measured of a view on a server."""

    def of(view: str, server: str) -> TargetResult:
        (result,) = outcomes[f"{server}-{view}"].result.targets
        return result

    return of


def line_of(code: str) -> int:
    """The number of the one line of the views that reads so."""
    (number,) = [n for n, line in enumerate(VIEWS.read_text().splitlines(), 1) if line.strip() == code]
    return number


def blamed(result, state: str) -> str:
    """Where most time in `state` was spent."""
    return max((blame for blame in result.blame if blame.state == state), key=lambda blame: blame.ms).where


def test_a_view_that_sleeps_is_blocked_at_the_line_that_sleeps(result_of, shares):
    result = result_of("sleeps", "gunicorn-sync")
    assert shares(result)["blocked"] > 0.95
    line = [n for n, text in enumerate(VIEWS.read_text().splitlines(), 1) if "time.sleep" in text]
    assert blamed(result, "blocked") in {f"views.py:{n} sleeps" for n in line}


def test_a_view_that_spins_is_running(result_of, shares):
    result = result_of("spins", "gunicorn-sync")
    share = shares(result)
    assert share["blocked"] < 0.05
    assert share["running"] > share["stalled"]
    assert "spend_cpu" in blamed(result, "running")


def test_a_view_that_computes_and_then_sleeps_is_half_running_and_half_blocked(result_of, shares):
    result = result_of("half_and_half", "gunicorn-sync")
    share = shares(result)
    assert result.states_ms["running"] == pytest.approx(50, rel=0.15)  # by the CPU clock, however busy the machine
    assert 45 < result.states_ms["blocked"] < 90
    assert share["awaiting"] == 0


def test_a_view_that_calls_a_slow_service_is_blocked(result_of, shares):
    result = result_of("calls_upstream", "gunicorn-sync")
    assert shares(result)["blocked"] > 0.95
    assert "calls_upstream" in blamed(result, "blocked")


def test_a_view_that_awaits_is_awaiting(result_of, shares):
    result = result_of("awaits", "uvicorn")
    assert shares(result)["awaiting"] > 0.85


def test_a_view_that_holds_its_loop_is_blocked_and_its_neighbours_are_stalled(result_of, shares):
    result = result_of("holds_the_loop", "uvicorn")
    share = shares(result)
    assert share["awaiting"] < 0.05
    assert share["blocked"] > 0.15
    assert share["stalled"] > share["blocked"]  # six on one loop: on average 2.5 wait for each that holds it
    assert "holds_the_loop" in blamed(result, "blocked")


def test_a_view_that_spins_on_the_loop_is_running_and_its_neighbours_are_stalled(result_of, shares):
    result = result_of("spins_on_the_loop", "uvicorn")
    share = shares(result)
    assert share["blocked"] < 0.05
    assert share["awaiting"] < 0.05
    assert result.states_ms["running"] == pytest.approx(100, rel=0.2)  # by the CPU clock, however busy the machine
    assert share["stalled"] > share["running"]


def test_an_application_without_django_is_seen_from_its_first_step(run_view, shares):
    (result,) = run_view("bare", "uvicorn", bare=True, requests=1).result.targets
    share = shares(result)
    assert result.states_ms["running"] == pytest.approx(100, rel=0.2)
    assert share["running"] + share["stalled"] > 0.9  # whoever else is on this machine takes its core now and then


def test_sync_views_under_asgi_block_a_thread_each_and_not_the_loop(result_of, shares):
    result = result_of("sleeps", "uvicorn")
    assert shares(result)["blocked"] > 0.8
    assert result.makespan_s < 3 * result.service_s


def test_a_view_that_hands_sleeping_to_a_thread_is_blocked_there(result_of, shares):
    result = result_of("runs_sync_code", "uvicorn")
    assert shares(result)["blocked"] > 0.85


def test_eight_threads_that_spin_under_one_gil_are_running_and_stalled_and_not_blocked(result_of, shares):
    result = result_of("spins", "uvicorn")
    share = shares(result)
    assert share["blocked"] < 0.1
    assert share["stalled"] > 2 * share["running"]


def test_threads_that_wait_for_a_lock_are_blocked(result_of, shares):
    result = result_of("waits_for_a_lock", "uvicorn")
    assert shares(result)["blocked"] > 0.85


def test_async_code_below_a_sync_view_leaves_its_thread_blocked(result_of, shares):
    result = result_of("runs_async_code", "gunicorn-sync")
    assert shares(result)["blocked"] > 0.85


@pytest.mark.parametrize(
    ("view", "server"), [("sleeps", "gunicorn-sync"), ("awaits", "uvicorn"), ("sleeps", "uvicorn")]
)
def test_every_requests_states_add_up_to_its_latency(view, server, outcomes):
    (trace,) = outcomes[f"{server}-{view}"].traces
    for row in range(len(trace.visits)):
        latency_ns = trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        assert abs(sum(trace.state_totals_ns(row)) - latency_ns) < 1_000_000
