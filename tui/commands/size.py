"""`size`: the cheapest workers and threads that hold a latency at a rate, and the best two run live on request.

have the run ─► calibrate ─► search ─► report ─► (--confirm) predict just the live run ─► run it ─► one beside the other
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.simulation import changes, refuse_options, run_load, wanted_targets
from asgi_vs_wsgi.scenarios.planning.sizing import (
    CONFIRMED,
    SizeOptions,
    as_simulation,
    asked_servers,
    best,
    coming_live,
    confirmation,
    live_load,
    live_options,
    refuse_unconfirmable,
)
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.scenarios.simulation.simulated_run import simulate_one, simulated_run
from asgi_vs_wsgi.scenarios.simulation.sizing import coming_at
from asgi_vs_wsgi.scenarios.simulation.sizing import size as find_sizes
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal, refuse_class, refuse_goal, sizing
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
from asgi_vs_wsgi.tui.commands.measured_source import Measured, calibrated, measured
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.commands.project import pages_of, plan_again
from asgi_vs_wsgi.tui.commands.save_run import SAVE, Storage
from asgi_vs_wsgi.tui.commands.simulate import teller
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.results.simulation import Configuration

MOST_TOLD = 3
"""Configurations that are simulated whole, with lanes and all figures."""


class Sized(NamedTuple):
    """What was searched for and found."""

    asked: list[Asked]
    goal: Goal
    found: list[Configuration]
    experiment: Experiment
    outcome: Outcome


def size(
    words: str,
    asked_for: SizeOptions,
    *,
    as_json: bool,
    save: str | None = None,
    keep: bool = True,
    confirm: bool = False,
    crowd: str | None = None,
) -> int:
    """Check, have the run, calibrate, search, report, run the best two live. 1 where nothing holds what is asked."""
    asked_for.goal(1.0)  # what is wrong is told before anything is measured

    def check(scenario: Scenario, parameters: Mapping[str, int | float]) -> None:
        if confirm:
            refuse_unconfirmable(asked_for.options, scenario, parameters)
            if not is_own_project(scenario):
                load_catalog(asked_for.options.load.scenario_dirs).find(scenario.name)

    have = measured(words, asked_for.of_source, keep=keep, of=asked_for.of, crowd=crowd, check=check)
    if save is not None:
        check_writable(SAVE, Path(save))
    of = have()
    if confirm and is_own_project(of.scenario):
        pages_of(of.run, of.scenario)
    try:
        sized = _sized(of, asked_for)
        if not as_json:
            _report(sized)
        live = _confirmed(of, asked_for, sized, keep=keep) if confirm and sized.found[0].holds else None
        if live:
            sized = sized._replace(outcome=live.outcome)
        if as_json:
            print_json(sized.outcome.result)
        elif live:
            _report_live(sized)
    finally:
        stored = of.store()
    if save is not None:
        write_run(Path(save), sized.experiment.scenario, sized.outcome)
    if not sized.found[0].holds:
        return say(f"no configuration that was tried holds p95 {asked_for.p95} at {asked_for.rate:g}/s", RUN_FAILED)
    return (live.tell() if live else 0) or stored


def _report(sized: Sized) -> None:
    from asgi_vs_wsgi.tui.report.sizing import size_report

    print_lines(size_report(sized.experiment, sized.outcome))


def _report_live(sized: Sized) -> None:
    from asgi_vs_wsgi.tui.report.sizing import confirmation_report

    print_lines(["", *confirmation_report(sized.outcome.result)])


def _sized(of: Measured, asked_for: SizeOptions) -> Sized:
    refuse_options(asked_for.of_source, of.scenario, run_load(of.run.load))
    with ProgressLines(sys.stderr) as lines:
        wanted = wanted_targets(asked_for.options, [trace.facts for trace in of.traces.values()])
        changed = changes(asked_for.options, of.scenario, of.run.parameters)
        known = calibrated(of, wanted, lines)
        asked = asked_servers(asked_for.options, wanted, known, changed, lambda words: say(words, 0))
        refuse_class(asked_for.of, list(asked[0].calibration.mix))
        goal = asked_for.goal(of.run.load.timeout_s)
        refuse_goal(asked, goal)
        found = find_sizes(asked, goal, teller(lines, "simulating workers and threads"))
        experiment, outcome = _best_simulated(of, asked, goal, found, lines)
    told = sizing(asked, goal, found)
    outcome = replace(outcome, result=structs.replace(outcome.result, sizing=told, configurations=found))
    return Sized(asked, goal, found, experiment, outcome)


def _best_simulated(
    of: Measured, asked: Sequence[Asked], goal: Goal, found: Sequence[Configuration], lines: ProgressLines
) -> tuple[Experiment, Outcome]:
    """The cheapest that hold it; where none does, those that come nearest."""
    results, targets = [], []
    load = Load(goal.arrivals, requests=goal.visitors, rate=goal.rate, timeout_s=goal.timeout_s)  # type: ignore[arg-type]  # checked
    for one in best(found, MOST_TOLD):
        each = next(each for each in asked if each.server == one.server)
        whole = as_simulation(asked, one)
        results.append(simulate_one(whole, coming_at(goal, each), load, teller(lines, f"simulating {one.target}")))
        targets.append(whole.target)
    experiment = Experiment(of.scenario, tuple(targets), load, of.run.parameters)
    return experiment, simulated_run(experiment, results, of.run.environment)


# ---- the best two, live


class Live(NamedTuple):
    """What was found of them, and what remains to be done once that is told."""

    outcome: Outcome
    """That of the search, with it."""
    tell: Callable[[], int]
    """Where the live run is; an exit code."""


def _confirmed(of: Measured, asked_for: SizeOptions, sized: Sized, *, keep: bool) -> Live:
    """PREDICTED first, for the very visitors who then come; then run as `run` does, and kept as one."""
    from asgi_vs_wsgi.tui.commands.run import exit_code, run_and_autosave

    load = live_load(sized.goal, asked_for, of.run)
    chosen = best(sized.found, CONFIRMED)
    options = live_options(chosen, sized.asked, load, of.run, asked_for, of.scenario)
    if is_own_project(of.scenario):
        experiment = plan_again(of.run, of.scenario, options)
    else:
        experiment = resolve(options, load_catalog(options.scenario_dirs))
    predicted: list[TargetResult] = []
    with ProgressLines(sys.stderr) as lines:
        for one in chosen:
            whole = as_simulation(sized.asked, one)
            come = coming_live(whole, experiment.scenario, load)
            told = teller(lines, f"predicting the live run of {one.target}")
            predicted.append(simulate_one(whole, come, load, told)[0])
    storage = Storage(experiment.scenario, keep=keep)
    live = run_and_autosave(experiment, storage)
    found = [
        confirmation(one, sized.goal, load, foreseen, was, trace)
        for one, foreseen, was, trace in zip(chosen, predicted, live.result.targets, live.traces, strict=True)
    ]
    storage.store(live)
    outcome = replace(sized.outcome, result=structs.replace(sized.outcome.result, confirmations=found))

    def tell() -> int:
        lost = exit_code(experiment, live.result)
        held = [one.target for one in found if one.measured.holds]
        words = f"none of them holds p95 {asked_for.p95} live at {sized.goal.held_rate:g}/s"
        return storage.tell() or lost or (0 if held else say(words, RUN_FAILED))

    return Live(outcome, tell)
