"""Every scenario of the catalog, live with small parameters: its laws and checks hold, and a mutation breaks them.

And what the screen tells in the last frame of the run is what the result tells of it.

`catalog/NAME.toml` beside this file says what is small enough and what the mutation is:

    parameters = ["io_ms=100"]          # as for --set
    requests = 16
    [mutation]
    target = "uvicorn"                  # this target of the scenario ...
    replace = { view = "blocking_page" }  # ... with these keys of [[targets]] changed
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from last_frame import assert_score_is, compared, last_frame
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.build_document import with_checks
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import CheckResult, TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless

pytestmark = pytest.mark.live

COUNT_CPU = {"cpu-bound", "cpu-hog", "free-threaded", "hello-world", "thread-explosion"}
"""Scenarios whose claims are about the CPU: they want the machine to themselves."""

SMALL = {file.stem: file for file in sorted((Path(__file__).parent / "catalog").glob("*.toml"))}
EACH = [
    # Other tests need the figures of the run in which all holds: those of a scenario are in one process.
    pytest.param(name, marks=[pytest.mark.xdist_group(name), *([pytest.mark.alone] if name in COUNT_CPU else [])])
    for name in SMALL
]
held: dict[str, Outcome] = {}
"""Runs whose laws and checks hold."""


def small(name: str) -> tuple[Experiment, dict[str, Any]]:
    """The scenario's experiment with its small parameters, and its mutation."""
    data = tomllib.loads(SMALL[name].read_text())
    options = Options(name, requests=data.get("requests"), parameters=tuple(data.get("parameters", ())))
    return resolve(options, load_catalog()), data["mutation"]


def run(experiment: Experiment) -> Outcome:
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


def untold(outcome: Outcome) -> list[str]:
    """Targets whose law could not be told, since others took the machine meanwhile."""
    targets = outcome.result.targets
    return [t.name for t in targets if t.law and t.law.holds is None and t.machine and t.machine.busy]


def run_undisturbed(experiment: Experiment) -> Outcome:
    """Once more, and once again, where others disturbed it."""
    outcome = run(experiment)
    for _ in range(2):
        if not untold(outcome):
            break
        outcome = run(experiment)
    return outcome


def broken(results: Sequence[TargetResult]) -> list[str]:
    """What does not hold, or cannot be told to, in words; what only a browser measures is held elsewhere."""
    laws = [f"{t.name}: {t.law}" for t in results if t.law and not t.law.holds]
    checks = [f"{t.name}: {check}" for t in results for check in t.checks if not check.holds and not _of_browser(check)]
    return laws + checks


def _of_browser(check: CheckResult) -> bool:
    return check.quantity.startswith("vitals.")


def test_every_scenario_of_the_catalog_has_small_parameters_and_a_mutation():
    assert list(SMALL) == sorted(scenario.name for scenario in load_catalog().scenarios)


@pytest.mark.parametrize("name", EACH)
def test_laws_and_checks_hold(name):
    experiment, _ = small(name)
    outcome = run_undisturbed(experiment)
    results = outcome.result.targets
    for target, planned in zip(results, experiment.targets, strict=True):
        assert target.law or target.checks, f"{target.name} claims nothing"
        assert target.telemetry.lost == 0
        assert planned.failures_expected or target.requests.failed == 0
    disturbed = untold(outcome)
    assert broken([replace(t, law=None) if t.name in disturbed else t for t in results]) == []
    held[name] = outcome
    if disturbed:
        pytest.skip(f"other programs took the machine three times: no law of {', '.join(disturbed)} could be told")


@pytest.mark.parametrize("name", EACH)
def test_the_figures_of_the_last_frame_are_those_of_the_result(name):
    outcome = held.get(name) or run(small(name)[0])
    for trace, target in zip(outcome.traces, outcome.result.targets, strict=True):
        assert compared(last_frame(trace)) == compared(target)
        assert_score_is(trace, target)


@pytest.mark.parametrize("name", EACH)
def test_a_mutation_breaks_a_law_or_a_check(name):
    """Only the changed target is run again; the others are as they were when everything held."""
    experiment, mutation = small(name)
    results = list((held.get(name) or run(experiment)).result.targets)
    (index,) = (index for index, target in enumerate(experiment.targets) if target.name == mutation["target"])
    mutant = replace(experiment.targets[index], **mutation["replace"])
    (results[index],) = run(replace(experiment, targets=(mutant,))).result.targets
    targets = [*experiment.targets[:index], mutant, *experiment.targets[index + 1 :]]
    results = with_checks(results, targets)
    counts, machine = results[index].requests, results[index].machine
    disturbed = machine is not None and machine.busy
    assert broken(results)
    # A law that too short a burst could not tell is no mutation found.
    assert (
        disturbed
        or counts.completed < counts.planned
        or any(t.law and t.law.holds is False for t in results)
        or any(check.holds is False for t in results for check in t.checks)
    )
