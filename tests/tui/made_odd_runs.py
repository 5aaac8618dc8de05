"""Runs in which visitors go without a page in every way there is, told from traces as a real run's are."""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass
from functools import cache

from made_traces import MS, on_held_loop, on_loops, on_threads
from msgspec.structs import replace
from saved_runs import scenario, seen

from asgi_vs_wsgi.scenarios.analysis.build_document import assemble
from asgi_vs_wsgi.scenarios.analysis.target_figures import analyse_target
from asgi_vs_wsgi.scenarios.load.driver import DriverReport
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, CLOSED, DONE, FAILED, REFUSED, RESET, STATUS, TIMEOUT
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario, Target, Visitors
from asgi_vs_wsgi.scenarios.results import MachineShare, RunResult, TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.modes.view_model import ModeContext

ENDS = ("served", "timeout", "refused", "reset", "closed", "503", "500", "429", "301", "404", "left")
FAILURES = {"timeout": TIMEOUT, "refused": REFUSED, "reset": RESET, "closed": CLOSED, "503": STATUS, "500": STATUS}
QUIET, LATE = DriverReport(0.1, 0.1), DriverReport(500.0, 0.99)


@dataclass
class OddRun:
    """A run that may be as odd as any, with all that the screen and the report are told of it."""

    experiment: Experiment
    outcome: Outcome
    sight: ModeContext

    @property
    def result(self) -> RunResult:
        return self.outcome.result

    def trace(self, name: str) -> TargetTrace:
        return next(trace for trace in self.outcome.traces if trace.facts.name == name)


def end_otherwise(trace: TargetTrace, row: int, end: str, after_ns: int) -> None:
    """The visitor meets this instead of being served, so long after it came."""
    visits = trace.visits
    if end == "served":
        return
    visits.done_ns[row] = visits.intended_ns[row] + after_ns
    visits.first_byte_ns[row], visits.status[row] = 0, 0
    if end in FAILURES:
        visits.outcome[row], visits.error[row] = FAILED, FAILURES[end]
        visits.status[row] = int(end) if end.isdigit() else 0
    elif end.isdigit():
        visits.outcome[row], visits.status[row], visits.first_byte_ns[row] = DONE, int(end), visits.done_ns[row]
    else:
        visits.outcome[row] = CANCELLED


@cache
def made_scenario(classes: tuple[str, ...]) -> Scenario:
    """`slow-io`, with classes of which each asks for a view of its own."""
    known = scenario("slow-io")
    toml = known.toml
    if len(classes) > 1:
        visitors = [Visitors(name, share=1) for name in classes]
        targets = [
            Target(t.server, t.view, t.workers, name=t.name, law=t.law, views={classes[1]: other})
            for t, other in zip(toml.targets, ("async_page", "sync_page"), strict=True)
        ]
        toml = replace(toml, visitors=visitors, targets=targets)
    return Scenario(known.name, known.folder, toml, known.lesson_md, known.views_py)


def odd_run(seed: int) -> OddRun:
    """The same for the same seed."""
    pick = random.Random(seed)
    classes = ("ordinary", "other") if pick.random() < 0.4 else ("all",)
    known = made_scenario(classes)
    number = pick.choice([1, 2, 3, 8, 24])
    loops = pick.choice(
        [lambda: on_loops(number), lambda: on_held_loop(min(number, 8), hold_ns=pick.randint(5, 90) * MS)]
    )
    traces = [on_threads(number, wait_ns=pick.randint(1, 200) * MS), loops()]
    views = {target.name: target.view for target in known.toml.targets}
    results = []
    for trace in traces:
        trace.facts = replace(trace.facts, view=views[trace.facts.name])
        _spoil(trace, classes, pick)
        target = next(each for each in known.toml.targets if each.name == trace.facts.name)
        results.append(_figures(trace, target, pick))
    mode = pick.choice(["measure", "race"])
    experiment = Experiment(known, tuple(known.toml.targets), Load(requests=number), {"io_ms": 200}, mode)  # type: ignore[arg-type]
    result = assemble(experiment, [results])
    sight = ModeContext(known, result, [seen(trace) for trace in traces], 100)
    return OddRun(experiment, Outcome(result, traces), sight)


def _spoil(trace: TargetTrace, classes: tuple[str, ...], pick: random.Random) -> None:
    visits = trace.visits
    if len(classes) > 1:
        trace.classes = classes
        trace.class_of = array("H", [row % 2 for row in range(len(visits))])
    share = pick.choice([0.0, 0.0, 0.3, 1.0])
    ends, after_ns = pick.sample(ENDS, 2), pick.choice([1, 40, 8000]) * MS
    for row in range(len(visits)):
        if pick.random() < share:
            end_otherwise(trace, row, pick.choice(ends), after_ns)
    worker = next(iter(trace.workers.values()))
    worker.died_ns = max(visits.done_ns) if pick.random() < 0.15 else 0
    worker.lost = pick.choice([0, 0, 0, 0, 1, 7])


def _figures(trace: TargetTrace, target: Target, pick: random.Random) -> TargetResult:
    report = LATE if pick.random() < 0.15 else QUIET
    return figures_of(trace, target, report, MachineShare(pick.choice([0.0, 0.004, 0.4]), 0.0))


def figures_of(
    trace: TargetTrace, target: Target, report: DriverReport = QUIET, machine: MachineShare | None = None
) -> TargetResult:
    """As the analysis of a burst that was measured tells them."""
    load = Load(requests=len(trace.visits))
    return analyse_target(trace, target, load, "measure", report, probe=True, machine=machine)
