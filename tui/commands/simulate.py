"""`simulate`: a measured run, or one that is measured now, asked what would be with other numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.planning.simulation import (
    SimulationOptions,
    checked_options,
)
from asgi_vs_wsgi.scenarios.run.visit_plan import as_recorded, planned_visits
from asgi_vs_wsgi.scenarios.simulation.simulated_run import simulate_one, simulated_run
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.commands.measured_source import Measured, calibrated, measured
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines, progress_teller
from asgi_vs_wsgi.tui.commands.save_run import SAVE

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome


def simulate(
    words: str,
    options: SimulationOptions,
    *,
    as_json: bool,
    save: str | None = None,
    keep: bool = True,
    crowd: str | None = None,
) -> int:
    """Check, have the run, calibrate, simulate, report, save."""
    have = measured(words, options, keep=keep, crowd=crowd)
    if save is not None:
        check_writable(SAVE, Path(save))
    of = have()
    try:
        experiment, outcome = _simulated(of, options)
        _report(experiment, outcome, as_json=as_json)
    finally:
        stored = of.store()
    if save is not None:
        write_run(Path(save), experiment.scenario, outcome)
    return stored


def _simulated(of: Measured, options: SimulationOptions) -> tuple[Experiment, Outcome]:
    asked = checked_options(options, of.run, of.scenario, [trace.facts for trace in of.traces.values()])
    load = asked.load
    plan, classes = planned_visits(as_recorded(of.scenario, load, next(iter(of.traces.values()))), load)
    with ProgressLines(sys.stderr) as lines:
        chosen = asked.simulations(calibrated(of, asked.wanted, lines))
        found = []
        for each in chosen:
            come = each.coming(plan, classes)
            told = progress_teller(lines, f"simulating {named(each.target.name)}")
            found.append(simulate_one(each, come, load, told))
    targets = tuple(each.target for each in chosen)
    experiment = Experiment(of.scenario, targets, load, asked.changed.parameters)
    return experiment, simulated_run(experiment, found, of.run.environment)


def _report(experiment: Experiment, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome.result)
    else:
        from asgi_vs_wsgi.tui.report.simulation import simulation_report

        print_lines(simulation_report(experiment, outcome))
