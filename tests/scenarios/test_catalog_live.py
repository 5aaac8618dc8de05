"""Every scenario of the catalog, live with small parameters: its laws and checks hold, and a mutation breaks them.

`catalog/NAME.toml` beside this file says what is small enough and what the mutation is:

    parameters = ["io_ms=100"]          # as for --set
    requests = 16
    [mutation]
    target = "uvicorn"                  # this target of the scenario ...
    replace = { view = "blocking_page" }  # ... with these keys of [[targets]] changed
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenarios.catalog import load_catalog
from scenarios.experiment import Experiment, Options
from scenarios.resolve import resolve
from scenarios.result import RunResult
from scenarios.run import run_headless

pytestmark = pytest.mark.live

SMALL = {file.stem: file for file in sorted((Path(__file__).parent / "catalog").glob("*.toml"))}


def small(name: str) -> tuple[Experiment, dict[str, Any]]:
    """The scenario's experiment with its small parameters, and its mutation."""
    data = tomllib.loads(SMALL[name].read_text())
    options = Options(name, requests=data.get("requests"), parameters=tuple(data.get("parameters", ())))
    return resolve(options, load_catalog()), data["mutation"]


def mutated(experiment: Experiment, mutation: dict[str, Any]) -> Experiment:
    names = [target.name for target in experiment.targets]
    targets = list(experiment.targets)
    index = names.index(mutation["target"])
    targets[index] = msgspec.structs.replace(targets[index], **mutation["replace"])
    return msgspec.structs.replace(experiment, targets=tuple(targets))


def run(experiment: Experiment) -> RunResult:
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None).result


def broken(result: RunResult) -> list[str]:
    """What does not hold, in words."""
    laws = [f"{t.name}: {t.law}" for t in result.targets if t.law and not t.law.holds]
    checks = [f"{t.name}: {check}" for t in result.targets for check in t.checks if not check.holds]
    return laws + checks


def test_every_scenario_of_the_catalog_has_small_parameters_and_a_mutation():
    assert list(SMALL) == sorted(scenario.name for scenario in load_catalog().scenarios)


@pytest.mark.parametrize("name", SMALL)
def test_laws_and_checks_hold(name):
    experiment, _ = small(name)
    result = run(experiment)
    for target, planned in zip(result.targets, experiment.targets, strict=True):
        assert target.law or target.checks, f"{target.name} claims nothing"
        assert target.telemetry.lost == 0
        assert planned.failures_expected or target.requests.failed == 0
    assert broken(result) == []


@pytest.mark.parametrize("name", SMALL)
def test_a_mutation_breaks_a_law_or_a_check(name):
    experiment, mutation = small(name)
    assert broken(run(mutated(experiment, mutation)))
