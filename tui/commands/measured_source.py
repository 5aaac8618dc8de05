"""What is asked by `simulate` and `size`: a saved run, or a scenario that is measured first, and its calibrations.

SOURCE ─► the run, its scenario, its traces ─┐
--crowd FILE ─► the same of a second run    ─┴─► a calibration for each target that is asked for
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.simulation import (
    changes,
    distinct_facts,
    refuse_options,
    wanted_targets,
)
from asgi_vs_wsgi.scenarios.results.outcome import TO_THE_MINUTE
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.visit_plan import planned_visits
from asgi_vs_wsgi.scenarios.simulation.calibration import calibrate
from asgi_vs_wsgi.scenarios.simulation.crowd import MeasuredTarget, Source
from asgi_vs_wsgi.scenarios.simulation.simulated_run import planned_facts
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import refuse_class
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.commands.run_source import resolve_run_source, saved_run_source
from asgi_vs_wsgi.tui.errors import say
from asgi_vs_wsgi.tui.playback.loader import scenario_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions, Wanted
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
    from asgi_vs_wsgi.tui.commands.output import ProgressLines


class Measured(NamedTuple):
    """The run that is asked, its scenario as it was, and what remains to be done once the answer is told."""

    run: RunResult
    scenario: Scenario
    traces: dict[str, TargetTrace]
    source: Source
    store: Callable[[], int]
    crowd: MeasuredRun | None = None


class MeasuredRun(NamedTuple):
    """A second run, with more in flight."""

    run: RunResult
    traces: dict[str, TargetTrace]
    source: Source

    def target_like(self, facts: TargetFacts) -> MeasuredTarget | None:
        """That of the same name, else of the same server and view."""
        every = self.traces.values()
        same = self.traces.get(facts.name) or next(
            (each for each in every if (each.facts.server, each.facts.view) == (facts.server, facts.view)), None
        )
        return MeasuredTarget(same, self.run, self.source) if same else None


def measured(
    words: str,
    options: SimulationOptions,
    *,
    keep: bool,
    of: str = EVERYBODY,
    crowd: str | None = None,
    check: Callable[[Scenario, Mapping[str, int | float]], None] = lambda scenario, parameters: None,
) -> Callable[[], Measured]:
    """A saved run is read and checked at once; a scenario is measured when it is asked for. BadInput for what cannot be
    calibrated from, or asked, as far as it is known before; `of` is the class of visitors that is asked about, and
    `check` looks at the scenario and the parameters of the run."""
    having = resolve_run_source(words, options.load.scenario_dirs, keep=keep)
    file, catalog = Path(words), load_catalog(options.load.scenario_dirs)
    own = next((scenario for scenario in catalog.scenarios if scenario.name == words), None)
    second = None if crowd is None else _crowd(crowd)
    if own:
        plain = resolve(Options(words, scenario_dirs=options.load.scenario_dirs), catalog)
        refuse_options(options, own, plain.load)
        wanted_targets(options, [planned_facts(target) for target in plain.targets])
        changes(options, own, plain.parameters)
        refuse_class(of, planned_visits(own, plain.load)[1])
        check(own, plain.parameters)
        _refuse_other(second, own.name, plain.parameters, words)
    when = None if own else file.stat().st_mtime

    def have() -> Measured:
        saved, _, store = having()
        source = Source(f"{words}, measured now" if own else words, _when(saved, when))
        try:
            return _with_crowd(_checked(saved, words, source, store), second)
        except BadInput:
            store()  # what was measured is not lost for that
            raise

    if when is not None:
        found = have()
        changes(options, found.scenario, found.run.parameters)
        check(found.scenario, found.run.parameters)
        return lambda: found
    return have


def _when(saved: SavedRun, written_s: float | None) -> str:
    """It was measured; where it does not know that, when its file was written, or now."""
    if saved.clock is not None:
        return saved.clock.local
    return time.strftime(TO_THE_MINUTE, time.localtime(written_s))


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


def _crowd(words: str) -> Measured:
    """Of `--crowd`: a run that is whole, and was measured."""
    file = Path(words)
    try:
        saved = saved_run_source(file)().run
        return _checked(saved, words, Source(words, _when(saved, file.stat().st_mtime)), lambda: 0)
    except BadInput as error:
        raise BadInput(f"--crowd: {error.what}", hint=error.hint) from None


def _with_crowd(of: Measured, second: Measured | None) -> Measured:
    _refuse_other(second, of.run.scenario, of.run.parameters, of.source.name)
    return of if second is None else of._replace(crowd=MeasuredRun(second.run, second.traces, second.source))


def _refuse_other(second: Measured | None, scenario: str, parameters: Mapping[str, int | float], source: str) -> None:
    """BadInput for a second run of something else."""
    if second is None:
        return
    for what, that, one, two in (
        ("scenario is", "that", scenario, second.run.scenario),
        ("parameters are", "those", _shown(parameters), _shown(second.run.parameters)),
    ):
        if one != two:
            differs = f"--crowd {second.source.name}: its {what} {two}, and {that} of {source} {one}"
            raise BadInput(differs, hint="name two runs that differ in who comes, and in workers, alone")


def _shown(parameters: Mapping[str, int | float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in parameters.items()) or "none"


def calibrated(of: Measured, wanted: Sequence[Wanted], lines: ProgressLines) -> dict[str, Calibration]:
    """By target of the run, those that can be; what cannot is told in a line each. BadInput where nothing can be."""
    found: dict[str, Calibration] = {}
    refused: list[BadInput] = []
    for facts in distinct_facts(wanted):
        second = of.crowd.target_like(facts) if of.crowd else None
        if of.crowd and second is None:
            say(f"{named(facts.name)} is not in {of.crowd.source.name}, and is calibrated from its own run alone", 0)
        runs = "two runs" if second else "its own run"
        lines.progress(Progress("calibrating", f"calibrating {named(facts.name)} from {runs}"))
        try:
            found[facts.name] = calibrate(of.traces[facts.name], of.run, of.source, second)
        except BadInput as error:
            refused.append(error)
    if not found:
        raise refused[0]
    for refusal in refused:
        say(f"not simulated: {refusal.one_line()}", 0)
    return found
