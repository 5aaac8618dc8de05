"""`size`: the cheapest workers and threads that hold a latency at a rate, and the best two run live on request.

have the run ─► calibrate ─► search ─► report ─► (--confirm) predict just the live run ─► run it ─► one beside the other
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.sizing import (
    Sized,
    SizeOptions,
    as_simulation,
    best,
    confirmations,
    live_load,
    live_options,
    predict_live,
    refuse_unconfirmable,
    search,
)
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.scenarios.simulation.simulated_run import simulate_one, simulated_run
from asgi_vs_wsgi.scenarios.simulation.sizing import coming_at
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
from asgi_vs_wsgi.tui.commands.measured_source import Measured, calibrated, measured
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines, progress_teller
from asgi_vs_wsgi.tui.commands.project import pages_of, plan_again
from asgi_vs_wsgi.tui.commands.save_run import SAVE, Storage
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.planning.simulation import Wanted
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration

MOST_TOLD = 3
"""Configurations that are simulated whole, with lanes and all figures."""


class Answer(NamedTuple):
    """What was found, and the cheapest of it simulated whole."""

    sized: Sized
    experiment: Experiment
    outcome: Outcome

    @property
    def holds(self) -> bool:
        """Whether anything holds what is asked."""
        return self.sized.found[0].holds


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
        answer = _answer(of, asked_for)
        if not as_json:
            _report(answer)
        live = _confirmed(of, asked_for, answer, keep=keep) if confirm and answer.holds else None
        if live:
            answer = answer._replace(outcome=live.outcome)
        if as_json:
            print_json(answer.outcome.result)
        elif live:
            _report_live(answer)
    finally:
        stored = of.store()
    if save is not None:
        write_run(Path(save), answer.experiment.scenario, answer.outcome)
    if not answer.holds:
        return say(f"no configuration that was tried holds p95 {asked_for.p95} at {asked_for.rate:g}/s", RUN_FAILED)
    return (live.tell() if live else 0) or stored


def _report(answer: Answer) -> None:
    from asgi_vs_wsgi.tui.report.sizing import size_report

    print_lines(size_report(answer.experiment, answer.outcome))


def _report_live(answer: Answer) -> None:
    from asgi_vs_wsgi.tui.report.sizing import confirmation_report

    print_lines(["", *confirmation_report(answer.outcome.result)])


def _answer(of: Measured, asked_for: SizeOptions) -> Answer:
    with ProgressLines(sys.stderr) as lines:

        def known(wanted: Sequence[Wanted]) -> Mapping[str, Calibration]:
            return calibrated(of, wanted, lines)

        facts, teller = [trace.facts for trace in of.traces.values()], partial(progress_teller, lines)
        sized = search(asked_for, of.run, of.scenario, facts, known, lambda words: say(words, 0), teller)
        experiment, outcome = _best_simulated(of, sized, lines)
    result = structs.replace(outcome.result, sizing=sized.told, configurations=sized.found)
    return Answer(sized, experiment, replace(outcome, result=result))


def _best_simulated(of: Measured, sized: Sized, lines: ProgressLines) -> tuple[Experiment, Outcome]:
    """The cheapest that hold it; where none does, those that come nearest."""
    goal, results, targets = sized.goal, [], []
    load = Load(goal.arrivals, requests=goal.visitors, rate=goal.rate, timeout_s=goal.timeout_s)  # type: ignore[arg-type]  # checked
    for one in best(sized.found, MOST_TOLD):
        each = next(each for each in sized.asked if each.server == one.server)
        whole = as_simulation(sized.asked, one)
        told = progress_teller(lines, f"simulating {one.target}")
        results.append(simulate_one(whole, coming_at(goal, each), load, told))
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


def _confirmed(of: Measured, asked_for: SizeOptions, answer: Answer, *, keep: bool) -> Live:
    """PREDICTED first, for the very visitors who then come; then run as `run` does, and kept as one."""
    from asgi_vs_wsgi.tui.commands.run import exit_code, run_and_autosave

    sized = answer.sized
    load = live_load(sized.goal, asked_for, of.run)
    options = live_options(sized, load, of.run, asked_for, of.scenario)
    if is_own_project(of.scenario):
        experiment = plan_again(of.run, of.scenario, options)
    else:
        experiment = resolve(options, load_catalog(options.scenario_dirs))
    with ProgressLines(sys.stderr) as lines:
        predicted = predict_live(sized, experiment.scenario, load, partial(progress_teller, lines))
    storage = Storage(experiment.scenario, keep=keep)
    live = run_and_autosave(experiment, storage)
    found = confirmations(sized, load, predicted, live.result.targets, live.traces)
    storage.store(live)
    outcome = replace(answer.outcome, result=structs.replace(answer.outcome.result, confirmations=found))

    def tell() -> int:
        lost = exit_code(experiment, live.result)
        held = [one.target for one in found if one.measured.holds]
        words = f"none of them holds p95 {asked_for.p95} live at {sized.goal.held_rate:g}/s"
        return storage.tell() or lost or (0 if held else say(words, RUN_FAILED))

    return Live(outcome, tell)
