from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.load import RUN_BUDGET_S, TOURNAMENT_BUDGET_S, beside_load, round_count
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.foreground import run_headless


@pytest.mark.parametrize(("first_round_s", "rounds"), [(0.3, 7), (2.0, 7), (2.9, 5), (3.3, 3), (8.0, 3), (60.0, 3)])
def test_short_rounds_are_measured_more_often(first_round_s: float, rounds: int):
    assert round_count(first_round_s, 3, 7, RUN_BUDGET_S) == rounds


@given(st.floats(0, 1e4), st.sampled_from([RUN_BUDGET_S, TOURNAMENT_BUDGET_S]))
def test_more_rounds_never_take_longer_than_the_time_that_is_given(first_round_s: float, budget_s: float):
    rounds = round_count(first_round_s, 3, 7, budget_s)
    assert rounds in (3, 5, 7)
    assert rounds == 3 or rounds * first_round_s <= budget_s


@pytest.mark.live
def test_a_run_measures_more_rounds_where_they_are_short_and_tells_all_of_them():
    options = Options("slow-io", ("uvicorn:1",), requests=4, parameters=("io_ms=20",), rounds=1, most_rounds=3)
    words: list[str] = []
    outcome = run_headless(
        resolve(options, load_catalog()),
        on_progress=lambda progress: words.append(progress.words),
        on_ready=lambda target, pid: None,
    )
    assert [each.round for each in outcome.result.rounds] == [1, 2, 3]
    assert all(each.value == each.p95_ms for each in outcome.result.rounds)
    assert "measuring uvicorn, round 3 of 3" in words
    assert outcome.stopped is None
    (target,) = outcome.result.targets
    assert target.machine
    assert target.machine.lab_cpu_ms, "who sends the visitors computes on the servers' cores"
    assert target.machine.upstream_cpu_ms, "and so does who answers the views"
    assert target.workers_seen[0].ready_ms is not None


@pytest.mark.parametrize(
    ("load", "concurrency", "at_once"),
    [
        (Load("closed", concurrency=5, requests=90, keep_alive=True, seed=7, timeout_s=3.0), None, 5),
        (Load("burst", requests=32, keep_alive=True, seed=7, timeout_s=3.0), None, 32),
        (Load("burst", requests=500, keep_alive=True, seed=7, timeout_s=3.0), None, 64),
        (Load("poisson", rate=9.0, duration_s=5.0, keep_alive=True, seed=7, timeout_s=3.0), None, 16),
        (Load("burst", requests=32, keep_alive=True, seed=7, timeout_s=3.0), 3, 3),
    ],
)
def test_those_beside_a_browser_come_as_the_scenarios_visitors_do(load: Load, concurrency: int | None, at_once: int):
    beside = beside_load(load, concurrency)
    assert (beside.arrivals, beside.concurrency, beside.requests, beside.rate) == ("closed", at_once, None, None)
    assert (beside.keep_alive, beside.seed, beside.timeout_s) == (True, 7, 3.0)
