"""Runs of the folders of tests: several targets in one run, each looked at as if it had been run alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless

FOLDERS = Path(__file__).parents[1] / "scenarios" / "folders"


def of_folder(folder: str, **options: object) -> Experiment:
    """All targets of a test folder."""
    asked = Options(folder, scenario_dirs=(str(FOLDERS),), **options)  # type: ignore[arg-type]
    return resolve(asked, load_catalog(asked.scenario_dirs))


def run_quietly(experiment: Experiment) -> Outcome:
    """Run it, and tell nobody how it goes."""
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


def one_by_one(outcome: Outcome) -> dict[str, Outcome]:
    """Of each target by its name, an outcome that has no other."""
    found = {}
    for result, trace in zip(outcome.result.targets, outcome.traces, strict=True):
        events = [event for event in outcome.result.events if event.target == result.name]
        found[result.name] = Outcome(replace(outcome.result, targets=[result], events=events), [trace])
    return found


def run_each(folder: str, names: Sequence[str], servers: Sequence[str], **options: object) -> dict[str, Outcome]:
    """One run of these targets of a test folder, each on every one of these servers: what came out, by NAME-SERVER."""
    experiment = of_folder(folder, **options)
    targets = tuple(
        replace(target, server=server, name=f"{target.name}-{server}")
        for server in servers
        for target in experiment.targets
        if target.name in names
    )
    assert len(targets) == len(names) * len(servers)
    return one_by_one(run_quietly(replace(experiment, targets=targets)))
