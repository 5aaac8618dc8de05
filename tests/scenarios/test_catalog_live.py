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
from pathlib import Path
from typing import Any

import pytest
from last_frame import assert_score_is, compared, last_frame
from msgspec.structs import replace
from undisturbed_runs import TRIES, broken, disturbed_in, faults, proofs, repeated, run_undisturbed, untold

from asgi_vs_wsgi.scenarios.analysis.build_document import with_checks
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import TargetResult
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
ran: dict[str, Outcome] = {}
held: dict[str, Outcome] = {}
"""Of those, the runs whose laws and checks all hold."""


def small(name: str) -> tuple[Experiment, dict[str, Any]]:
    """The scenario's experiment with its small parameters, and its mutation."""
    data = tomllib.loads(SMALL[name].read_text())
    options = Options(name, requests=data.get("requests"), parameters=tuple(data.get("parameters", ())))
    return resolve(options, load_catalog()), data["mutation"]


def run(experiment: Experiment) -> Outcome:
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


def test_every_scenario_of_the_catalog_has_small_parameters_and_a_mutation():
    assert list(SMALL) == sorted(scenario.name for scenario in load_catalog().scenarios)


@pytest.mark.parametrize("name", EACH)
def test_laws_and_checks_hold(name):
    experiment, _ = small(name)
    outcome = run_undisturbed(lambda: run(experiment), experiment.targets)
    assert faults(outcome, experiment.targets) == []
    ran[name] = outcome
    if disturbed := untold(outcome):
        pytest.skip(f"other programs took the machine {TRIES} times: no law of {', '.join(disturbed)} could be told")
    held[name] = outcome


@pytest.mark.parametrize("name", EACH)
def test_the_figures_of_the_last_frame_are_those_of_the_result(name):
    outcome = ran.get(name) or run(small(name)[0])
    for trace, target in zip(outcome.traces, outcome.result.targets, strict=True):
        assert compared(last_frame(trace)) == compared(target)
        assert_score_is(trace, target)


@pytest.mark.parametrize("name", EACH)
def test_a_mutation_breaks_a_law_or_a_check(name):
    """Only the changed target is run again; the others are as they were when everything held."""
    experiment, mutation = small(name)
    before = (held.get(name) or run_undisturbed(lambda: run(experiment), experiment.targets)).result.targets
    assert not [t.name for t in before if t.law and t.law.holds is False]
    (index,) = (index for index, target in enumerate(experiment.targets) if target.name == mutation["target"])
    mutant = replace(experiment.targets[index], **mutation["replace"])
    targets = [*experiment.targets[:index], mutant, *experiment.targets[index + 1 :]]

    def measured() -> list[TargetResult]:
        (changed,) = run(replace(experiment, targets=(mutant,))).result.targets
        return with_checks([*before[:index], changed, *before[index + 1 :]], targets)

    results = repeated(measured, lambda each: bool(proofs(each, before)) or not disturbed_in([each[index]]))
    found, disturbed = proofs(results, before), disturbed_in([results[index]])
    if disturbed and not found:
        pytest.skip(f"other programs took the machine from {', '.join(disturbed)}: nothing that broke was told")
    assert found, broken(results)
