"""A simulated run: the document that `run` would print, with `simulated` wherever a figure stands, and its traces.

calibration of each target ─► setup and scripts with other numbers ─► replications ─► trace ─► the same analysis
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.build_document import assemble
from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises
from asgi_vs_wsgi.scenarios.analysis.target_figures import analyse_target
from asgi_vs_wsgi.scenarios.results import BUSY, Latency, TargetResult, VerdictResult, VisitorClass
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, metric_words
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair, Outcome
from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult, TargetSimulation, Theory
from asgi_vs_wsgi.scenarios.simulation.calibration import LONE
from asgi_vs_wsgi.scenarios.simulation.capacity import demand, theory_of
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Sums, until_done_s
from asgi_vs_wsgi.scenarios.simulation.replications import Replications, coming, replicate, shortest_s
from asgi_vs_wsgi.scenarios.simulation.service_model import (
    PROVED,
    TAILS_TESTED_FROM,
    tails_beside_live_runs,
)
from asgi_vs_wsgi.scenarios.simulation.simulated_trace import simulated_trace
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
from asgi_vs_wsgi.scenarios.wording import count, named, number, seconds, share
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
    from asgi_vs_wsgi.scenarios.results.simulation import InUse
    from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
    from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Scripts
    from asgi_vs_wsgi.scenarios.simulation.replications import Coming
    from asgi_vs_wsgi.scenarios.simulation.service_model import Setup

SIMULATED = "simulated"
MODE = "simulate"
NEARLY_FULL, LOOP_PROVED, CROWD = 0.9, 0.6, 10
"""Shares of what is scarce, of the cores; times as many in flight."""
LEAST_SCRIPTS = 2
"""Of a class: of one there is nothing to choose."""


class Simulation(NamedTuple):
    """One target that is to be simulated: as what, with what, from what."""

    target: Target
    calibration: Calibration
    setup: Setup
    scripts: Scripts
    """The calibration's, with other numbers where these were asked for."""
    changes: list[str]
    """In words: what was asked for that no measurement has shown."""

    def coming(self, plan: Plan, classes: Sequence[str]) -> Coming:
        """Who comes to it, by the plan of a run."""
        of = self.calibration
        return coming(plan, classes, shortest_s(self.scripts), of.spacing_s, of.outside_s)


def simulate_one(
    each: Simulation, come: Coming, load: Load, progress: Callable[[float], object]
) -> tuple[TargetResult, TargetTrace]:
    """Its figures, with their intervals, and the trace of its middle replication."""
    of_all = replicate(each.setup, each.scripts, come, refusal_s=each.calibration.refusal_s, progress=progress)
    facts = simulated_facts(each)
    trace = simulated_trace(facts, of_all.middle, of_all.table, come)
    trace.service_ns, trace.service_cpu_ns = lone_request(each.scripts, each.calibration.mix)
    drawn = len(of_all.middle.intervals) > 0
    found = analyse_target(trace, replace(each.target, law=None), load, "measure", None, drawn)
    mix = each.calibration.mix
    return replace(
        found,
        simulated=True,
        latency_ms=_with_intervals(found.latency_ms, "all", of_all),
        uncorrected_latency_ms=None,
        classes=[_simulated_class(one, of_all) for one in found.classes],
        simulation=TargetSimulation(
            each.calibration.told,
            of_all.count,
            of_all.in_use,
            of_all.scarce,
            beyond(each, of_all, load),
            [
                *theory_of(each.scripts, mix, each.setup, come.rate, load.arrivals, of_all.middle),
                *_law(each, trace, found, load),
            ],
        ),
        **dict.fromkeys(NOT_SIMULATED),
    ), trace


NOT_SIMULATED = (
    *("environment", "telemetry", "left", "pieces", "own_threads", "child_processes", "awaiting_for", "failures"),
    *("hops_per_request", "receiving_since"),
)
"""Figures of a run of which a simulation knows nothing: none is told as 0."""


def _law(each: Simulation, trace: TargetTrace, found: TargetResult, load: Load) -> list[Theory]:
    """What the target's law says of a burst, from a lone request; beside a run it would be judged, here it is not."""
    if each.target.law is None or load.arrivals != "burst" or found.makespan_s is None:
        return []
    service_s, cpu_s = trace.service_ns / 1e9, trace.service_cpu_ns / 1e9
    busiest = max((worker.requests for worker in found.workers_seen), default=None)
    together = 1 if each.setup.gil else each.setup.threads
    premises = Premises(
        len(trace.visits), each.setup.workers, each.setup.threads, each.setup.cores, service_s, cpu_s, busiest, together
    )
    says_s = LAWS[each.target.law](premises)
    if says_s is None:
        return []
    words = f"a burst of {count(len(trace.visits), 'visitor')} of {seconds(service_s)} takes {seconds(says_s)}"
    return [Theory(f"The law {each.target.law}", words, "makespan", says_s * 1000, found.makespan_s * 1000)]


def lone_request(scripts: Scripts, mix: dict[str, float]) -> tuple[int, int]:
    """How long one alone takes until its answer, and its CPU, in nanoseconds: the mean of all scripts."""
    whole = cpu = 0.0
    for name, of_class in scripts.items():
        for script in of_class:
            part = mix[name] / len(of_class)
            whole += part * until_done_s(script)
            cpu += part * Sums(script).cpu_s
    return round(whole * 1e9), round(cpu * 1e9)


def simulated_facts(each: Simulation) -> TargetFacts:
    """Of a simulated target: its label says so, and no law of it is judged."""
    facts, told = planned_facts(each.target), each.calibration.told
    version = told.version if told.server == facts.server else ""
    return replace(facts, label=f"{SIMULATED}, {facts.label}", version=version, law=None)


def planned_facts(target: Target) -> TargetFacts:
    """Of a target that no server has run yet: what is known of it before."""
    spec = server_spec(target.server)
    return TargetFacts(
        name=target.name,
        server=spec.name,
        label=spec.label(target.workers, target.threads),
        interface=spec.interface,
        version="",
        workers=target.workers,
        threads=target.threads,
        view=target.view,
        law=target.law,
        loop=spec.loop,
        http=spec.http,
        slot=spec.slot,
        options=dict(target.options),
    )


def _with_intervals(latency: Latency | None, of: str, of_all: Replications) -> Latency | None:
    known = {name: [round(ms, 6) for ms in both] for name, both in of_all.intervals.get(of, {}).items()}
    return replace(latency, interval=known["p95"], intervals=known) if latency and known else latency


def _simulated_class(one: VisitorClass, of_all: Replications) -> VisitorClass:
    """Where there is one class, it is everybody."""
    of = one.name if one.name in of_all.intervals else "all"
    return replace(one, latency_ms=_with_intervals(one.latency_ms, of, of_all), simulated=True)


def simulated_run(
    experiment: Experiment, found: Sequence[tuple[TargetResult, TargetTrace]], environment: dict[str, object]
) -> Outcome:
    """The whole document; `environment` is that of the run that it was calibrated from."""
    targets = [target for target, _ in found]
    result = assemble(experiment, [targets])
    metric = result.verdict.on
    worst = max((_calibration(target) for target in targets), key=lambda told: abs(told.reproduces_p95_error))
    result = replace(
        result,
        mode=MODE,
        environment=dict(environment),
        simulated=True,
        calibration=worst,
        rounds=[replace(one, simulated=True) for one in result.rounds],
        verdict=VerdictResult(None, None, metric, _no_verdict(targets, metric)),
        cause=None,
    )
    begins_ns = min((trace.visits.start_ns for _, trace in found), default=0)
    clock = ClockPair(time.time_ns(), begins_ns)  # the simulation's own clock begins now
    return Outcome(result, [trace for _, trace in found], clock=clock)


def _calibration(target: TargetResult) -> CalibrationResult:
    assert target.simulation, "it was simulated"
    return target.simulation.calibration


def _no_verdict(targets: Sequence[TargetResult], metric: str) -> str:
    told = [
        f"{named(each.name)} {in_words(metric, value)}"
        for each in targets
        if (value := figure(each, metric)) is not None
    ]
    figures = f"{metric_words(metric)}: {', '.join(told)}" if told else "Nobody is answered"
    return f"Simulated, and so no verdict, which comes from measurements alone. {figures}."


# ---- how far it can be believed


def beyond(each: Simulation, of_all: Replications, load: Load) -> list[str]:
    """What was not calibrated and is extrapolated, and what nobody can know, in words."""
    told, setup = each.calibration.told, each.setup
    words = [*each.changes, *extrapolated(told, setup)]
    words += _beyond_the_crowd(told, setup, of_all.middle.totals.most_in_system)
    words += [
        f"of “{name}” only {count(len(of_class), 'visitor')} was measured: all are taken to be like that one"
        for name, of_class in each.scripts.items()
        if len(of_class) < LEAST_SCRIPTS
    ]
    words += _unsure(each, of_all, at_a_rate=load.rate is not None)
    return words + _of_loops(each, of_all.in_use, load)


def extrapolated(told: CalibrationResult, setup: Setup) -> list[str]:
    """What differs from what was calibrated, whoever comes: another server, Python or machine."""
    words = []
    if setup.server != told.server:
        words.append(f"it is calibrated on {told.server}: what {setup.server} itself needs was not measured")
    if setup.server not in PROVED:
        words.append(f"the model of {setup.server} was held against no run but the one that it is calibrated from")
    if told.gil is not None and setup.gil != told.gil:
        had = "with a GIL" if told.gil else "without a GIL"
        words.append(f"it is calibrated on a Python {had}: the other computes at a speed of its own")
    if setup.cores > told.cores:
        words.append(f"it is calibrated on {count(told.cores, 'core')}: another machine's cores may be others")
    return words


def _of_loops(each: Simulation, in_use: InUse, load: Load) -> list[str]:
    words = []
    if each.setup.slot == "none" and in_use.cores > LOOP_PROVED:
        words.append(
            f"event loops take {share(in_use.cores)} of the cores: no live run has confirmed what is simulated beyond "
            f"{LOOP_PROVED:.0%}"
        )
    if (
        (in_use.loops or 0) >= TAILS_TESTED_FROM
        and load.arrivals != "burst"
        and (of_tails := tails_beside_live_runs(each.setup, each.scripts))
    ):
        words.append(f"its visitors await on event loops, {share(in_use.loops or 0)} in use: {of_tails}")
    return words


def _beyond_the_crowd(told: CalibrationResult, setup: Setup, most: int) -> list[str]:
    """`most` were in the system."""
    served, crowd = most if setup.slot == "none" else min(most, setup.slots), told.crowd
    if crowd is None and served >= CROWD * max(1, told.in_flight):
        return [
            f"{served} visitors are served at once, and it is calibrated with at most {told.in_flight} in flight: what "
            "a request costs may grow with the crowd, which --crowd RUN would tell"
        ]
    if crowd is None or setup.slot == "worker" or served / setup.workers <= crowd.each[1]:
        return []
    few, many = (number(among) for among in crowd.each)
    return [
        f"up to {number(served / setup.workers)} visitors are in flight of a worker, and what a request costs is known "
        f"from {few} to {many}: with more it is taken to cost as much as with {many}"
    ]


def _unsure(each: Simulation, of_all: Replications, *, at_a_rate: bool) -> list[str]:
    told, words = each.calibration.told, []
    fullest = of_all.in_use.fullest
    if fullest > NEARLY_FULL and at_a_rate:
        times = min(50, 1 / max(0.02, 1 - fullest))
        words.append(
            f"{of_all.scarce}: {share(fullest)} in use: an error of 1% in a request's time is {times:.0f}% in line"
        )
    if told.taken_share is None:
        words.append("whether others used the machine while it was calibrated is not known")
    elif told.taken_share > BUSY:
        words.append(f"others took {share(told.taken_share)} of the machine while it was calibrated")
    if of_all.even_p95_ms is not None and of_all.uneven_p95_ms is not None:
        even, uneven = seconds(of_all.even_p95_ms / 1000), seconds(of_all.uneven_p95_ms / 1000)
        if even != uneven:
            race = f"p95 is {even} if idle workers take turns, {uneven} if one takes whom it can"
            words.append(f"who accepts cannot be known: {race}")
    cpu_s, _ = demand(each.scripts, each.calibration.mix, each.setup)
    if told.overhead_from.startswith(LONE) and cpu_s:
        part = told.overhead_ms / 1000 / cpu_s
        words.append(f"{share(min(1.0, part))} of a request's CPU is the overhead of a lone request, which is too much")
    return words
