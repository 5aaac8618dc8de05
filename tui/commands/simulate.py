"""`simulate` and `size`: a measured run, or one that is measured now, asked what would be with other numbers."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import LONGEST_S, too_slow
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY, REQUESTS, Load, refuse_quantity
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
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration, Source, calibrate
from asgi_vs_wsgi.scenarios.simulation.replications import coming, shortest_s
from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation, simulate_one, simulated_run
from asgi_vs_wsgi.scenarios.simulation.sizing import coming_at
from asgi_vs_wsgi.scenarios.simulation.sizing import size as find_sizes
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal, refuse_goal, sizing, usual_visitors
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable
from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.commands.run_source import resolve_run_source
from asgi_vs_wsgi.tui.commands.save_run import SAVE
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say
from asgi_vs_wsgi.tui.playback.loader import scenario_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.planning.simulation import Wanted
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.results.simulation import Configuration
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class Measured(NamedTuple):
    """The run that is asked, its scenario as it was, and what remains to be done once the answer is told."""

    run: RunResult
    scenario: Scenario
    traces: dict[str, TargetTrace]
    source: Source
    store: Callable[[], int]


def measured(words: str, options: SimulationOptions, *, keep: bool, of: str = EVERYBODY) -> Callable[[], Measured]:
    """A saved run is read and checked at once; a scenario is measured when it is asked for. BadInput for what cannot be
    calibrated from, or asked, as far as it is known before; `of` is the class of visitors that is asked about."""
    having = resolve_run_source(words, options.load.scenario_dirs, keep=keep)
    file, catalog = Path(words), load_catalog(options.load.scenario_dirs)
    own = next((scenario for scenario in catalog.scenarios if scenario.name == words), None)
    if own:
        plain = resolve(Options(words, scenario_dirs=options.load.scenario_dirs), catalog)
        refuse_options(options, own, plain.load)
        wanted_targets(options, [planned_facts(target) for target in plain.targets])
        changes(options, own, plain.parameters)
        _refuse_class(of, planned_visits(own, plain.load)[1])
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
        return lambda: found
    return have


def _refuse_class(of: str, classes: Sequence[str]) -> None:
    known = list(dict.fromkeys((EVERYBODY, *classes)))
    if of not in known:
        raise BadInput(f"--class: no visitors of “{of}” in this run", hint=suggest(of, known))


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
            found.append(simulate_one(each, come, load, _teller(lines, f"simulating {named(each.target.name)}")))
    targets = tuple(each.target for each in chosen)
    experiment = Experiment(of.scenario, targets, load, changed.parameters)
    return experiment, simulated_run(experiment, found, of.run.environment)


AT_MOST_EVERY_S = 1.0


def _teller(lines: ProgressLines, words: str) -> Callable[[float], None]:
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


# ---- size


class SizeOptions(NamedTuple):
    """What is to be held, unchecked; `options` as for a simulation."""

    options: SimulationOptions
    rate: float
    p95: str
    of: str
    headroom: float


def size(words: str, asked_for: SizeOptions, *, as_json: bool, save: str | None = None, keep: bool = True) -> int:
    """Check, have the run, calibrate, search, report. 1 where nothing holds what is asked for."""
    options = asked_for.options
    p95_s, arrivals = _checked_goal(asked_for)
    have = measured(words, _of_source(options), keep=keep, of=asked_for.of)
    if save is not None:
        check_writable(SAVE, Path(save))
    of = have()
    try:
        experiment, outcome, found = _sized(of, asked_for, p95_s, arrivals)
        if as_json:
            print_json(outcome.result)
        else:
            from asgi_vs_wsgi.tui.report.simulation import size_report

            print_lines(size_report(experiment, outcome))
    finally:
        stored = of.store()
    if save is not None:
        write_run(Path(save), experiment.scenario, outcome)
    if not found[0].holds:
        return say(f"no configuration that was tried holds p95 {asked_for.p95} at {asked_for.rate:g}/s", RUN_FAILED)
    return stored


def _sized(
    of: Measured, asked_for: SizeOptions, p95_s: float, arrivals: str
) -> tuple[Experiment, Outcome, list[Configuration]]:
    options = asked_for.options
    refuse_options(_of_source(options), of.scenario, run_load(of.run.load))
    with ProgressLines(sys.stderr) as lines:
        asked = _asked(of, options, lines)
        _refuse_class(asked_for.of, list(asked[0].calibration.mix))
        timeout_s = options.load.timeout_s or of.run.load.timeout_s
        goal = Goal(asked_for.rate, p95_s, asked_for.of, asked_for.headroom, arrivals, _visitors(asked_for), timeout_s)
        refuse_goal(asked, goal)
        found = find_sizes(asked, goal, _teller(lines, "simulating workers and threads"))
        experiment, outcome = _best_simulated(of, asked, goal, found, lines)
    told = sizing(asked, goal, found)
    outcome = replace(outcome, result=structs.replace(outcome.result, sizing=told, configurations=found))
    return experiment, outcome, found


def _visitors(asked_for: SizeOptions) -> int:
    """In each replication."""
    load = asked_for.options.load
    return usual_visitors(load.duration_s, load.requests, asked_for.rate * asked_for.headroom)


def _of_source(options: SimulationOptions) -> SimulationOptions:
    """Without who comes: a scenario's own load is measured, whatever is to be held."""
    plain = structs.replace(options.load, arrivals=None, rate=None, duration_s=None, requests=None)
    return structs.replace(options, load=plain)


def _checked_goal(asked_for: SizeOptions) -> tuple[float, str]:
    """p95 in seconds, and the arrivals."""
    load = asked_for.options.load
    for name, value in (("--rate", asked_for.rate), ("--headroom", asked_for.headroom)):
        if reason := refuse_quantity(value):
            raise BadInput(f"{name}: {reason}", hint="a number above 0")
    for name, limits, number in (("--requests", REQUESTS, load.requests),):
        if number is not None and (reason := limits.refuse(number)):
            raise BadInput(f"{name}: {reason}", hint=f"a whole number from {limits}")
    for name, seconds in (("--duration", load.duration_s), ("--timeout", load.timeout_s)):
        if seconds is not None and (reason := refuse_quantity(seconds)):
            raise BadInput(f"{name}: {reason}", hint="seconds, above 0 and finite")
    held_rate = asked_for.rate * asked_for.headroom
    if held_rate > MOST_RATE:
        raise BadInput(f"--rate: {held_rate:g} per second, with the headroom", hint=f"at most {MOST_RATE:,}")
    if load.duration_s is not None and load.requests is not None:
        raise BadInput("--duration and --requests: each says how many visitors come", hint="give one of them")
    if (load.duration_s or 0) * held_rate > MOST_SIZED:
        raise BadInput(f"--duration: {load.duration_s:g} s at {held_rate:g}/s", hint=f"at most {MOST_SIZED:,} visitors")
    if _visitors(asked_for) / LONGEST_S > held_rate:
        fault = too_slow(held_rate, _visitors(asked_for))
        raise BadInput(f"--rate: {fault.reason}", hint=fault.right)
    for word in load.targets:
        if ":" in word:
            what = f"--target {word}: how many workers and threads is what is looked for"
            raise BadInput(what, hint=f"--target {word.partition(':')[0]}, with --workers or --threads to fix a number")
    arrivals = load.arrivals or "poisson"
    if arrivals not in ("poisson", "constant"):
        raise BadInput(f"--arrivals: {arrivals} arrivals have no rate to be held", hint="poisson or constant")
    return duration_s("--p95", asked_for.p95), arrivals


MOST_SIZED, MOST_RATE = 200_000, 1_000_000
"""Visitors in a replication, and a second."""
_UNITS = {"ms": 1e-3, "s": 1.0, "": 1.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|)")


def duration_s(option: str, words: str) -> float:
    """`500ms`, `0.5s` or `0.5`, in seconds."""
    found = _DURATION.fullmatch(words.strip())
    value = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if refuse_quantity(value):
        raise BadInput(f"{option}: `{words}` is no time above 0", hint="for example 500ms or 0.5s")
    return value


def _asked(of: Measured, options: SimulationOptions, lines: ProgressLines) -> list[Asked]:
    """Every target of the run, or those that are asked for, with the numbers that are fixed."""
    wanted = wanted_targets(options, [trace.facts for trace in of.traces.values()])
    changed = changes(options, of.scenario, of.run.parameters)
    known = calibrated(of, wanted, lines)
    asked: list[Asked] = []
    for each in wanted:
        if each.of.name not in known:
            continue
        if same := next((one for one in asked if one.server == each.target.server), None):
            say(f"not sized: {each.target.name}: {same.server} is sized as {same.target.name} already", 0)
            continue
        chosen = simulation(each, known[each.of.name], options, changed)
        fixed = options.workers, options.threads if each.target.threads == options.threads else None
        asked.append(Asked(chosen.calibration, chosen.target, chosen.scripts, *fixed, chosen.setup))
    return asked


MOST_TOLD = 3
"""Configurations that are simulated whole, with lanes and all figures."""


def _best_simulated(
    of: Measured, asked: Sequence[Asked], goal: Goal, found: Sequence[Configuration], lines: ProgressLines
) -> tuple[Experiment, Outcome]:
    """The cheapest that hold it; where none does, those that come nearest."""
    holding = [one for one in found if one.holds] or [one for one in found if one.p95_ms is not None]
    results, targets = [], []
    load = Load(goal.arrivals, requests=goal.visitors, rate=goal.rate, timeout_s=goal.timeout_s)  # type: ignore[arg-type]  # checked
    for one in holding[:MOST_TOLD]:
        each = next(each for each in asked if each.server == one.server)
        target = structs.replace(each.target, name=one.target, workers=one.workers, threads=one.threads)
        setup = structs.replace(each.setup, workers=one.workers, threads=one.threads)
        whole = Simulation(target, each.calibration, setup, each.scripts, [])
        results.append(simulate_one(whole, coming_at(goal, each), load, _teller(lines, f"simulating {one.target}")))
        targets.append(target)
    experiment = Experiment(of.scenario, tuple(targets), load, of.run.parameters)
    return experiment, simulated_run(experiment, results, of.run.environment)
