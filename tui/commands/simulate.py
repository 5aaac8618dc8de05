"""`simulate`: a measured run, or one that is measured now, asked what would be with other numbers."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.simulation import (
    SimulationOptions,
    changes,
    distinct_facts,
    planned_facts,
    refuse_options,
    run_load,
    simulation,
    wanted_targets,
)
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.visit_plan import planned_visits
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration, Source, calibrate
from asgi_vs_wsgi.scenarios.simulation.replications import coming, shortest_s
from asgi_vs_wsgi.scenarios.simulation.simulated_run import simulate_one, simulated_run
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import refuse_class
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.commands.run_source import resolve_run_source
from asgi_vs_wsgi.tui.commands.save_run import SAVE
from asgi_vs_wsgi.tui.errors import say
from asgi_vs_wsgi.tui.playback.loader import scenario_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.planning.simulation import Wanted
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class Measured(NamedTuple):
    """The run that is asked, its scenario as it was, and what remains to be done once the answer is told."""

    run: RunResult
    scenario: Scenario
    traces: dict[str, TargetTrace]
    source: Source
    store: Callable[[], int]


def measured(
    words: str,
    options: SimulationOptions,
    *,
    keep: bool,
    of: str = EVERYBODY,
    check: Callable[[Scenario, Mapping[str, int | float]], None] = lambda scenario, parameters: None,
) -> Callable[[], Measured]:
    """A saved run is read and checked at once; a scenario is measured when it is asked for. BadInput for what cannot be
    calibrated from, or asked, as far as it is known before; `of` is the class of visitors that is asked about, and
    `check` looks at the scenario and the parameters of the run."""
    having = resolve_run_source(words, options.load.scenario_dirs, keep=keep)
    file, catalog = Path(words), load_catalog(options.load.scenario_dirs)
    own = next((scenario for scenario in catalog.scenarios if scenario.name == words), None)
    if own:
        plain = resolve(Options(words, scenario_dirs=options.load.scenario_dirs), catalog)
        refuse_options(options, own, plain.load)
        wanted_targets(options, [planned_facts(target) for target in plain.targets])
        changes(options, own, plain.parameters)
        refuse_class(of, planned_visits(own, plain.load)[1])
        check(own, plain.parameters)
    when = None if own else file.stat().st_mtime

    def have() -> Measured:
        saved, _, store = having()
        at = time.localtime(when if when is not None else time.time())
        source = Source(f"{words}, measured now" if own else words, time.strftime("%Y-%m-%d %H:%M", at))
        try:
            return _checked(saved, words, source, store)
        except BadInput:
            store()  # what was measured is not lost for that
            raise

    if when is not None:
        found = have()
        changes(options, found.scenario, found.run.parameters)
        check(found.scenario, found.run.parameters)
        return lambda: found
    return have


def _checked(saved: SavedRun, words: str, source: Source, store: Callable[[], int]) -> Measured:
    if saved.result.simulated:
        raise BadInput(f"{words} is itself simulated: nothing in it was measured", hint="name a run that was measured")
    if saved.stopped is not None or not saved.has_figures:
        raise BadInput(f"{words} was stopped before its end: it has no whole round", hint="name a run that is whole")
    if saved.result.mode == "race":
        what = f"{words} is a race, in which the targets shared the machine"
        raise BadInput(what, hint="measure it: run it without --race")
    if (scenario := scenario_of(saved.scenario)) is None:
        raise BadInput(f"{words}: its scenario is none that this version can read", hint="run it again")
    traces = {trace.facts.name: trace for trace in saved.traces()}
    return Measured(saved.result, scenario, traces, source, store)


def calibrated(of: Measured, wanted: Sequence[Wanted], lines: ProgressLines) -> dict[str, Calibration]:
    """By target of the run, those that can be; what cannot is told in a line each. BadInput where nothing can be."""
    found: dict[str, Calibration] = {}
    refused: list[BadInput] = []
    for facts in distinct_facts(wanted):
        lines.progress(Progress("calibrating", f"calibrating {named(facts.name)} from its own run"))
        try:
            found[facts.name] = calibrate(of.traces[facts.name], of.run, of.source)
        except BadInput as error:
            refused.append(error)
    if not found:
        raise refused[0]
    for refusal in refused:
        say(f"not simulated: {refusal.one_line()}", 0)
    return found


def simulate(
    words: str, options: SimulationOptions, *, as_json: bool, save: str | None = None, keep: bool = True
) -> int:
    """Check, have the run, calibrate, simulate, report, save."""
    have = measured(words, options, keep=keep)
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
    load = refuse_options(options, of.scenario, run_load(of.run.load))
    wanted = wanted_targets(options, [trace.facts for trace in of.traces.values()])
    changed = changes(options, of.scenario, of.run.parameters)
    plan, classes = planned_visits(of.scenario, load)
    with ProgressLines(sys.stderr) as lines:
        known = calibrated(of, wanted, lines)
        chosen = [simulation(each, known[each.of.name], options, changed) for each in wanted if each.of.name in known]
        found = []
        for each in chosen:
            come = coming(plan, classes, shortest_s(each.scripts), each.calibration.spacing_s)
            found.append(simulate_one(each, come, load, teller(lines, f"simulating {named(each.target.name)}")))
    targets = tuple(each.target for each in chosen)
    experiment = Experiment(of.scenario, targets, load, changed.parameters)
    return experiment, simulated_run(experiment, found, of.run.environment)


AT_MOST_EVERY_S = 1.0


def teller(lines: ProgressLines, words: str) -> Callable[[float], None]:
    """Tells how far it is, no more often than somebody reads it."""
    lines.progress(Progress("simulating", words))
    last_s = time.monotonic()

    def tell(part: float) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= AT_MOST_EVERY_S:
            last_s = time.monotonic()
            lines.progress(Progress("simulating", f"{words}: {part:.0%}"))

    return tell


def _report(experiment: Experiment, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome.result)
    else:
        from asgi_vs_wsgi.tui.report.simulation import simulation_report

        print_lines(simulation_report(experiment, outcome))
