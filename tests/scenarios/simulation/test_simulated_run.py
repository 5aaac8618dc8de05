"""A simulated run is whole: it adds up, says what it is wherever a figure stands, and is the same when read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from simulated_runs import IN_THREAD, MS, ON_LOOP, from_the_recorded_run, known_run
from sums import states_off_ns

from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script
from asgi_vs_wsgi.scenarios.simulation.queueing_theory import erlang_c
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup, awaits_on_loops
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal, sizing
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.scenarios.wording import share

IN_OWN_THREAD: Script = (
    *(("cpu", 0.2 * MS), ("wait", 0.0), ("begin", 0.0), ("cpu", 0.2 * MS), ("thread", 0.0), ("cpu", 0.4 * MS)),
    *(("wait", 30 * MS), ("cpu", 2 * MS), ("loop", 0.0), ("wait", 0.0), ("cpu", 0.1 * MS), ("done", 0.0)),
    ("cpu", 0.2 * MS),
)
RUNS = {
    "a pool": ("gunicorn-sync", IN_THREAD, 2, 1),
    "threads": ("gunicorn-gthread", IN_THREAD, 2, 3),
    "loops": ("uvicorn", ON_LOOP, 2, 1),
    "a sync view on a loop": ("uvicorn", IN_OWN_THREAD, 1, 1),
}


@pytest.mark.parametrize("which", RUNS.values(), ids=RUNS)
def test_each_visitors_states_add_up_to_the_latency(which):
    server, script, workers, threads = which
    run, trace, _ = known_run(server, (script,), workers, threads, arrivals="burst", requests=30)
    (target,) = run.targets
    assert target.requests.completed == target.requests.planned == 30
    assert states_off_ns(trace) == 0
    assert sum(filter(None, target.states_ms.values())) == pytest.approx(target.latency_ms.mean, rel=1e-6)


def test_a_burst_on_a_pool_takes_as_long_as_its_law_says():
    run, _, _ = known_run("gunicorn-sync", (IN_THREAD,), 3, 1, arrivals="burst", requests=31)
    (target,) = run.targets
    service_s = sum(s for _, s in IN_THREAD)
    assert target.makespan_s == pytest.approx(11 * service_s, rel=0.03)
    assert target.in_flight.max == 3


def test_waiting_is_told_as_what_it_was_on_each_server():
    states = {}
    for name in ("a pool", "loops", "a sync view on a loop"):
        server, script, workers, threads = RUNS[name]
        run, _, _ = known_run(server, (script,), workers, threads, arrivals="burst", requests=30)
        states[name] = run.targets[0].states_ms
    assert states["a pool"]["blocked"] == pytest.approx(50, abs=1)
    assert 35 < states["loops"]["awaiting"] < 51, "less what others held the loop meanwhile, which is stalled"
    assert states["loops"]["blocked"] < 0.1
    assert states["a sync view on a loop"]["blocked"] == pytest.approx(30, abs=1)
    assert states["a sync view on a loop"]["stalled"] > 5  # 30 threads and one GIL


def test_intervals_hold_the_figures_and_the_same_seeds_give_the_same():
    run, _, _ = known_run("gunicorn-sync", (IN_THREAD, *_slower()), 2, 1, arrivals="poisson", rate=25.0, requests=300)
    latency = run.targets[0].latency_ms
    for name in ("p50", "p95", "p99"):
        low, high = latency.intervals[name]
        assert low <= getattr(latency, name) <= high
    assert latency.interval == latency.intervals["p95"]
    assert latency.interval[0] < latency.interval[1]
    again = known_run.__wrapped__(
        "gunicorn-sync", (IN_THREAD, *_slower()), 2, 1, arrivals="poisson", rate=25.0, requests=300
    )
    assert msgspec.json.encode(again.run) == msgspec.json.encode(run)


def _slower() -> tuple[Script, ...]:
    return tuple(tuple((w, s * times if w == "wait" else s) for w, s in IN_THREAD) for times in (1.5, 2.0, 0.3))


def test_theory_stands_beside_what_is_simulated():
    run, _, _ = known_run("gunicorn-sync", (IN_THREAD, *_slower()), 2, 1, arrivals="poisson", rate=25.0, requests=4000)
    little, erlang = run.targets[0].simulation.theory
    assert "of 2 workers wanted on average" in little.words
    assert erlang.simulated_ms == pytest.approx(erlang.says_ms, rel=0.25)
    assert erlang_c(14, 10) == pytest.approx(0.17413193, abs=1e-8)  # as pyworkforce's documentation says


def test_workers_that_were_not_measured_are_predicted_and_that_is_said():
    experiment, outcome = from_the_recorded_run(workers=8)
    sync = next(target for target in outcome.result.targets if target.name == "gunicorn-sync")
    assert sync.makespan_s == pytest.approx(4 * 0.2035, rel=0.03)  # 32 visitors of 203.5 ms, eight at a time
    assert experiment.targets[0].workers == 8
    said = from_the_recorded_run(targets=("waitress:1x4",))[1].result.targets[0].simulation.beyond
    assert any("what waitress itself needs was not measured" in words for words in said)
    assert any("held against no run but the one" in words for words in said)


def test_a_crowd_ten_times_as_large_as_was_measured_is_named():
    _, outcome = from_the_recorded_run(targets=("uvicorn:2",), requests=400)
    assert any("calibrated with at most 32 in flight" in words for words in outcome.result.targets[0].simulation.beyond)


HOLDING: Script = tuple(("hold", s) if s == 50 * MS else (word, s) for word, s in ON_LOOP)


@pytest.mark.parametrize(
    ("script", "load", "is_said"),
    [
        (ON_LOOP, {"arrivals": "poisson", "rate": 400.0}, True),
        (ON_LOOP, {"arrivals": "poisson", "rate": 100.0}, False),
        (ON_LOOP, {"arrivals": "burst"}, False),
        (HOLDING, {"arrivals": "poisson", "rate": 14.0}, False),
        (IN_OWN_THREAD, {"arrivals": "poisson", "rate": 220.0}, False),
    ],
    ids=["a busy loop", "a loop with little to do", "a burst", "a held loop", "threads of its own"],
)
def test_tails_of_busy_loops_whose_visitors_await_are_said_to_be_too_short(script, load, is_said):
    run, _, calibration = known_run("uvicorn", (script,), 1, requests=400, **load)
    (target,) = run.targets
    assert target.simulation.in_use.loops is not None
    said = [words for words in target.simulation.beyond if "p99 24 to 27%" in words]
    assert [words.partition(":")[0] for words in said] == [
        f"its visitors await on event loops, {share(target.simulation.in_use.loops)} in use"
    ] * is_said
    setup = Setup("uvicorn", "none", 1, 1, 2.0)
    assert awaits_on_loops(setup, calibration.scripts) is (script is ON_LOOP)
    asked = [Asked(calibration, Target("uvicorn", "page", name="uvicorn"), calibration.scripts, None, None, setup)]
    sure = sizing(asked, Goal(50.0, 0.5, "all", 1.0, "poisson", 400, 60.0), []).sure
    assert ("p99 24 to 27%" in sure) is (script is ON_LOOP)


# ---- it says what it is


def figures(value: Any, path: str = "") -> Any:
    """Every object of a document in which figures of a run stand, with its path."""
    if isinstance(value, dict):
        if {"latency_ms", "p95_ms"} & value.keys() and "calibration" not in path:
            yield path, value
        for key, each in value.items():
            yield from figures(each, f"{path}.{key}")
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from figures(each, f"{path}[{at}]")


def test_the_document_says_simulated_wherever_figures_stand():
    document = json.loads(msgspec.json.encode(from_the_recorded_run(workers=4)[1].result))
    assert document["simulated"] is True
    assert document["calibration"]["run"].endswith("slow-io.avw")
    assert abs(document["calibration"]["reproduces_p95_error"]) < 0.1
    found = dict(figures(document))
    assert len(found) >= 2 * len(document["targets"])
    assert [path for path, each in found.items() if each.get("simulated") is not True] == []
    assert document["verdict"]["winner"] is None
    for target in document["targets"]:
        assert target["law"] is None, "its word for the makespan is `measured`"
        assert target["label"].startswith("simulated")
        low, high = target["latency_ms"]["interval"]
        assert 0 < low <= high


def test_a_measured_document_has_none_of_these_words():
    document = json.loads(msgspec.json.encode(read_run(Path("tui/recorded/slow-io.avw")).result))
    assert "simulat" not in json.dumps(document)
    assert "interval" not in json.dumps(document)


def test_it_is_the_same_when_it_is_saved_and_read_again(tmp_path: Path):
    experiment, outcome = from_the_recorded_run(workers=4)
    write_run(tmp_path / "simulated.avw", experiment.scenario, outcome)
    again = read_run(tmp_path / "simulated.avw")
    assert again.result == outcome.result
    for trace, before in zip(again.traces(), outcome.traces, strict=True):
        assert trace.visits.done_ns == before.visits.done_ns
        assert [trace.state_totals_ns(row) for row in range(32)] == [before.state_totals_ns(row) for row in range(32)]
