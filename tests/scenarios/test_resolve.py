from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import asgi_vs_wsgi.scenarios.planning.targets
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.server_targets.servers import server_spec, server_specs

CATALOG = load_catalog()


def resolved(scenario: str = "slow-io", **options: Any) -> Experiment:
    return resolve(Options(scenario, **options), CATALOG)


def told(scenario: str = "slow-io", **options: Any) -> str:
    with pytest.raises(BadInput) as caught:
        resolved(scenario, **options)
    line = caught.value.one_line()
    assert "\n" not in line
    return line


def test_without_options_a_run_is_as_the_scenario_says() -> None:
    experiment = resolved()
    assert [target.name for target in experiment.targets] == ["gunicorn-sync", "uvicorn"]
    assert experiment.load == Load("burst", 32)
    assert experiment.parameters == {"io_ms": 200}
    assert (experiment.mode, experiment.rounds, experiment.ladder, experiment.probe) == ("measure", 1, (), True)


def test_a_target_takes_the_view_of_the_first_one_with_its_interface() -> None:
    (target,) = resolved(targets=("uvicorn:4",)).targets
    assert (target.server, target.view, target.workers, target.law) == ("uvicorn", "async_page", 4, "all-at-once")


def test_workers_that_are_not_given_are_those_of_the_scenario() -> None:
    assert [target.workers for target in resolved("cpu-bound", targets=("uvicorn",)).targets] == [1]


def test_equal_targets_get_names_of_their_own() -> None:
    targets = resolved(targets=("uvicorn", "gunicorn-sync:1", "uvicorn:4", "uvicorn:8")).targets
    assert [target.name for target in targets] == ["uvicorn", "gunicorn-sync", "uvicorn-2", "uvicorn-3"]


def test_a_target_of_the_scenario_may_be_called_by_its_own_name() -> None:
    (target,) = resolved("blocked-loop", targets=("awaiting:2",)).targets
    assert (target.view, target.workers, target.law) == ("awaiting_page", 2, "all-at-once")


def test_a_label_that_tells_how_many_workers_is_not_kept_for_others() -> None:
    changed, same = resolved("sizing", targets=("enough:8", "enough:14")).targets
    assert (changed.workers, changed.label) == (8, "")
    assert same.label == "gunicorn sync · 14 workers"
    (bare,) = resolved("hello-world", targets=("wsgi-bare:2",)).targets
    assert bare.label == "gunicorn sync · a bare WSGI callable"


def test_a_label_with_a_number_of_something_else_is_kept_for_other_workers() -> None:
    (queries,) = resolved("async-orm", targets=("three-queries:4",)).targets
    assert (queries.workers, queries.label) == (4, "uvicorn · gather 3 queries")


def test_a_chosen_target_keeps_only_checks_that_can_be_made() -> None:
    moved, own = resolved("fan-out", targets=("uvicorn", "asgi-gathered")).targets
    assert moved.checks == []
    assert own.checks == []  # it compares with a target that is not there
    _, compared = resolved("fan-out", targets=("wsgi-one-by-one", "asgi-one-by-one")).targets
    assert compared.checks


def test_a_held_loop_and_cpu_work_obey_their_law_on_any_server() -> None:
    assert resolved("blocked-loop", targets=("uvicorn",)).targets[0].law == "loop-held"
    assert resolved("cpu-bound", targets=("gunicorn-sync:2",)).targets[0].law == "cpu-shared"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("uvicorn:-1", "workers: -1 is out of bounds"),
        ("uvicorn:0", "workers: 0 is out of bounds"),
        ("uvicorn:65", "a whole number from 1 to 64"),
        ("uvicorn:999999999", "a whole number from 1 to 64"),
        ("uvicorn:2x4", "its threads cannot be chosen"),
        ("uvicorn:2x0", "a whole number from 1 to 1,024"),
        ("uvicorn:", "NAME[:WORKERS[xTHREADS]]"),
        ("uvicorn:2x", "NAME[:WORKERS[xTHREADS]]"),
        ("uvicorn:two", "NAME[:WORKERS[xTHREADS]]"),
        ("uvicorn:1.5", "NAME[:WORKERS[xTHREADS]]"),
        (":2", "NAME[:WORKERS[xTHREADS]]"),
        ("", "NAME[:WORKERS[xTHREADS]]"),
        ("uvicron", "did you mean `uvicorn`?"),
    ],
)
def test_a_wrong_target_is_one_line_that_says_what_is_right(word: str, said: str) -> None:
    line = told(targets=(word,))
    assert f"--target {word}" in line
    assert said in line


def test_a_server_of_an_interface_that_the_scenario_has_no_view_for_is_refused() -> None:
    assert "has no view for WSGI servers" in told("blocked-loop", targets=("gunicorn-sync",))


def test_a_server_that_is_not_installed_is_refused_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = dataclasses.replace(
        server_spec("uvicorn"), distribution="no-such-server", needs=("uvloop", "no_such_module")
    )
    monkeypatch.setattr(asgi_vs_wsgi.scenarios.planning.targets, "server_spec", lambda name: absent)
    assert told() == "uvicorn is not installed (pip install no-such-server uvloop no_such_module)"


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("io_ms", "--set io_ms: no value (--set io_ms=VALUE)"),
        ("io=3", "did you mean `io_ms`?"),
        ("io_ms=", "whole number from 1 to 10000"),
        ("io_ms=fast", "whole number from 1 to 10000"),
        ("io_ms=1.5", "whole number from 1 to 10000"),
        ("io_ms=nan", "whole number from 1 to 10000"),
        ("io_ms=inf", "whole number from 1 to 10000"),
        ("io_ms=0", "out of bounds"),
        ("io_ms=-5", "out of bounds"),
        ("io_ms=10001", "out of bounds"),
        (f"io_ms={10**400}", "out of bounds"),
    ],
)
def test_a_wrong_parameter_is_one_line_that_says_what_is_right(assignment: str, said: str) -> None:
    assert said in told(parameters=(assignment,))


def test_a_whole_number_stays_one() -> None:
    value = resolved(parameters=("io_ms=500",)).parameters["io_ms"]
    assert value == 500
    assert isinstance(value, int)


@pytest.mark.parametrize(
    ("options", "load"),
    [
        ({"requests": 8}, Load("burst", 8)),
        ({"arrivals": "closed", "concurrency": 4}, Load("closed", 32, concurrency=4)),
        ({"arrivals": "closed", "concurrency": 4, "duration_s": 2.0}, Load("closed", None, 4, duration_s=2.0)),
        ({"arrivals": "poisson", "rate": 50.0}, Load("poisson", 32, rate=50.0)),
        ({"arrivals": "constant", "rate": 50.0, "duration_s": 2.0}, Load("constant", rate=50.0, duration_s=2.0)),
        (
            {"arrivals": "constant", "rate": 50.0, "duration_s": 2.0, "requests": 9},
            Load("constant", 9, rate=50.0, duration_s=2.0),
        ),
        ({"seed": 7, "timeout_s": 0.5}, Load("burst", 32, seed=7, timeout_s=0.5)),
    ],
)
def test_given_loads_replace_what_no_longer_fits(options: dict[str, Any], load: Load) -> None:
    assert resolved(**options).load == load


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"requests": 0}, "--requests: 0 is out of bounds"),
        ({"requests": 1_000_001}, "from 1 to 1,000,000"),
        ({"concurrency": 0, "arrivals": "closed"}, "--concurrency: 0 is out of bounds"),
        ({"concurrency": 20_001, "arrivals": "closed"}, "from 1 to 20,000"),
        ({"concurrency": 4}, "add --arrivals closed"),
        ({"arrivals": "closed"}, "--concurrency: closed arrivals need it"),
        ({"rate": 5.0}, "add --arrivals constant"),
        ({"rate": float("nan"), "arrivals": "poisson"}, "--rate: nan is not above 0 and finite"),
        ({"rate": float("inf"), "arrivals": "poisson"}, "--rate: inf is not above 0 and finite"),
        ({"rate": 0.0, "arrivals": "poisson"}, "--rate: 0 is not above 0 and finite"),
        ({"arrivals": "poisson"}, "--rate: poisson arrivals need it"),
        ({"duration_s": 3.0}, "--duration: burst arrivals have none"),
        ({"duration_s": -3.0, "arrivals": "constant", "rate": 3.0}, "--duration: -3 is not above 0"),
        ({"duration_s": 1e6, "arrivals": "constant", "rate": 1e6}, "at most 1,000,000"),
        ({"duration_s": 0.001, "arrivals": "poisson", "rate": 1.0}, "nobody comes"),
        ({"timeout_s": 0.0}, "--timeout: 0 is not above 0 and finite"),
        ({"seed": -1}, "--seed: -1 is out of bounds"),
        ({"arrivals": "brust"}, "--arrivals: `brust` is no kind of arrivals (did you mean `burst`?)"),
        ({"rounds": 0}, "--rounds: 0 is out of bounds"),
        ({"ladder": (1, 0)}, "--ladder: 0 is out of bounds"),
        ({"ladder": (1,), "arrivals": "poisson", "rate": 5.0}, "--ladder: poisson arrivals have a rate"),
        ({"race": True, "rounds": 2}, "--race and --rounds exclude one another"),
        ({"race": True, "ladder": (1, 2)}, "--race and --ladder exclude one another"),
    ],
)
def test_a_wrong_load_is_one_line_that_names_the_option(options: dict[str, Any], said: str) -> None:
    assert said in told(**options)


def test_a_race_is_refused_where_targets_would_slow_one_another() -> None:
    assert resolved(race=True).mode == "race"
    assert "`cpu-bound` may not be raced" in told("cpu-bound", race=True)


def test_a_ladder_grows_and_has_each_step_once() -> None:
    assert resolved(ladder=(8, 1, 4, 8)).ladder == (1, 4, 8)


def test_serving_needs_one_target_only() -> None:
    experiment = resolve(Options("slow-io"), CATALOG, one_target=True)
    assert [target.name for target in experiment.targets] == ["gunicorn-sync"]


@pytest.mark.parametrize("server", server_specs(), ids=lambda server: server.name)
def test_every_server_tells_a_command_that_installs_it_and_names_nothing_twice(server) -> None:
    words = server.install.lower().split()
    assert words[:2] == ["pip", "install"]
    assert len(set(words)) == len(words) > 2
