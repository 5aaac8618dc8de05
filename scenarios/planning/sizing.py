"""Sizing as a user asks for it: what is to be held, checked, by which servers, and the best that are then run live.

SizeOptions ─► search: Goal, the servers, configurations (simulation.sizing), the cheapest that hold it first
                  └─► the best two: predict_live of just the run that is asked for, live_options of it, confirmations
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import LONGEST_S, too_slow
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY, REQUESTS, Load, refuse_quantity
from asgi_vs_wsgi.scenarios.planning.load import chosen_load
from asgi_vs_wsgi.scenarios.planning.simulation import (
    SimulationOptions,
    changes,
    refuse_options,
    run_load,
    simulation,
    wanted_targets,
)
from asgi_vs_wsgi.scenarios.planning.what_if import refuse_only_simulated, run_parameters
from asgi_vs_wsgi.scenarios.results.simulation import Confirmation, LiveFigures, PredictedFigures
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank
from asgi_vs_wsgi.scenarios.run.visit_plan import planned_visits
from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation, simulate_one
from asgi_vs_wsgi.scenarios.simulation.sizing import size
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal, refuse_class, refuse_goal, sizing, usual_visitors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.planning.simulation import Changes, Wanted
    from asgi_vs_wsgi.scenarios.results import Latency, RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.simulation import Configuration, Sizing
    from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace

    Teller = Callable[[str], Callable[[float], object]]
    """Hears in words what is begun, and gives what then hears how far it is; what that raises ends it."""

MOST_SIZED, MOST_RATE = 200_000, 1_000_000
"""Visitors in a replication, and a second."""
_UNITS = {"ms": 1e-3, "s": 1.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)")


class SizeOptions(NamedTuple):
    """What is to be held, unchecked; `options` as for a simulation."""

    options: SimulationOptions
    rate: float
    p95: str
    of: str = EVERYBODY
    headroom: float = 1.0

    @property
    def of_source(self) -> SimulationOptions:
        """Without who comes: a scenario's own load is measured, whatever is to be held."""
        plain = structs.replace(self.options.load, arrivals=None, rate=None, duration_s=None, requests=None)
        return structs.replace(self.options, load=plain)

    def goal(self, timeout_s: float) -> Goal:
        """Checked; `timeout_s` is that of the run, where nobody gives another."""
        p95_s, arrivals = _checked(self)
        timeout_s = self.options.load.timeout_s or timeout_s
        return Goal(self.rate, p95_s, self.of, self.headroom, arrivals, _visitors(self), timeout_s)


def _visitors(asked_for: SizeOptions) -> int:
    """In each replication."""
    load = asked_for.options.load
    return usual_visitors(load.duration_s, load.requests, asked_for.rate * asked_for.headroom)


def _checked(asked_for: SizeOptions) -> tuple[float, str]:
    """p95 in seconds, and the arrivals."""
    load = asked_for.options.load
    for name, value in (("--rate", asked_for.rate), ("--headroom", asked_for.headroom)):
        if reason := refuse_quantity(value):
            raise BadInput(f"{name}: {reason}", hint="a number above 0")
    if load.requests is not None and (reason := REQUESTS.refuse(load.requests)):
        raise BadInput(f"--requests: {reason}", hint=f"a whole number from {REQUESTS}")
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


def duration_s(option: str, words: str) -> float:
    """`500ms` or `0.5s`, in seconds; 500 may be either, and what is meant is not guessed."""
    found = _DURATION.fullmatch(words.strip())
    value = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if refuse_quantity(value):
        raise BadInput(f"{option}: `{words}` is no time above 0 with its unit", hint="for example 500ms or 0.5s")
    return value


class Sized(NamedTuple):
    """What was searched for, and found."""

    asked: list[Asked]
    goal: Goal
    found: list[Configuration]
    """The cheapest that hold it first."""
    told: Sizing

    @property
    def chosen(self) -> list[Configuration]:
        """The best, which are run live."""
        return best(self.found, CONFIRMED)


def search(
    asked_for: SizeOptions,
    run: RunResult,
    scenario: Scenario,
    facts: Sequence[TargetFacts],
    calibrated: Callable[[Sequence[Wanted]], Mapping[str, Calibration]],
    tell: Callable[[str], object],
    teller: Teller,
) -> Sized:
    """Of a run with these targets; BadInput for what is wrong with what is asked for. `calibrated` is asked once that
    is checked, for one of the targets at least; `tell` hears of targets that are left out."""
    options = asked_for.options
    refuse_options(asked_for.of_source, scenario, run_load(run.load))
    wanted, changed = wanted_targets(options, facts), changes(options, scenario, run.parameters)
    asked = asked_servers(options, wanted, calibrated(wanted), changed, tell)
    refuse_class(asked_for.of, list(asked[0].calibration.mix))
    goal = asked_for.goal(run.load.timeout_s)
    refuse_goal(asked, goal)
    found = size(asked, goal, teller("simulating workers and threads"))
    return Sized(asked, goal, found, sizing(asked, goal, found))


def asked_servers(
    options: SimulationOptions,
    wanted: Sequence[Wanted],
    calibrations: Mapping[str, Calibration],
    changed: Changes,
    tell: Callable[[str], object],
) -> list[Asked]:
    """Every target that is wanted and is calibrated, with the numbers that are fixed; `tell` hears of what is not."""
    asked: list[Asked] = []
    for each in wanted:
        if each.of.name not in calibrations:
            continue
        if same := next((one for one in asked if one.server == each.target.server), None):
            tell(f"not sized: {each.target.name}: {same.server} is sized as {same.target.name} already")
            continue
        chosen = simulation(each, calibrations[each.of.name], options, changed)
        fixed = options.workers, options.threads if each.target.threads == options.threads else None
        asked.append(Asked(chosen.calibration, chosen.target, chosen.scripts, *fixed, chosen.setup, chosen.changes))
    return asked


def best(found: Sequence[Configuration], many: int) -> list[Configuration]:
    """The cheapest that hold it; where none does, those that come nearest."""
    return ([one for one in found if one.holds] or [one for one in found if one.p95_ms is not None])[:many]


def as_simulation(asked: Sequence[Asked], one: Configuration) -> Simulation:
    """A configuration of the search, to be simulated whole."""
    each = next(each for each in asked if each.server == one.server)
    target = structs.replace(each.target, name=one.target, workers=one.workers, threads=one.threads)
    setup = structs.replace(each.setup, workers=one.workers, threads=one.threads)
    return Simulation(target, each.calibration, setup, each.scripts, list(each.changes))


# ---- the best two, live

CONFIRMED = 2
CONFIRMS_S = 30.0
"""Each, where nobody says for how long or how many."""


def refuse_unconfirmable(options: SimulationOptions, scenario: Scenario, as_run: Mapping[str, int | float]) -> None:
    """BadInput for what can be simulated, and not be run here: told before anything is searched for."""
    refuse_only_simulated(options, "leave that or --confirm out")
    run_parameters(options, as_run, scenario)


def live_load(goal: Goal, asked_for: SizeOptions, run: RunResult) -> Load:
    """Who comes in the live run: at the rate that is to be held, for the time that was asked for."""
    load = asked_for.options.load
    duration_s = load.duration_s if load.requests is None else None
    if load.requests is None and duration_s is None:
        duration_s = CONFIRMS_S
    given = Options("", arrivals=goal.arrivals, rate=goal.held_rate, duration_s=duration_s, requests=load.requests)
    given = structs.replace(given, seed=load.seed, timeout_s=goal.timeout_s)
    return chosen_load(run_load(run.load), given)


def live_options(sized: Sized, load: Load, of: RunResult, asked_for: SizeOptions, scenario: Scenario) -> Options:
    """Of `run`: the best configurations one after another, in one round."""
    names = {each.server: each.target.name for each in sized.asked}
    return Options(
        scenario.name,
        targets=tuple(names[one.server] + one.target.removeprefix(one.server) for one in sized.chosen),
        requests=load.requests,
        arrivals=load.arrivals,
        rate=load.rate,
        duration_s=load.duration_s,
        seed=load.seed,
        timeout_s=load.timeout_s,
        parameters=run_parameters(asked_for.options, of.parameters, scenario),
        scenario_dirs=asked_for.options.load.scenario_dirs,
    )


def predict_live(sized: Sized, scenario: Scenario, load: Load, teller: Teller) -> list[TargetResult]:
    """What is PREDICTED of the best, for the very visitors who will come in the live run."""
    plan, classes = planned_visits(scenario, load)
    predicted = []
    for one in sized.chosen:
        whole = as_simulation(sized.asked, one)
        told = teller(f"predicting the live run of {one.target}")
        predicted.append(simulate_one(whole, whole.coming(plan, classes), load, told)[0])
    return predicted


def confirmations(
    sized: Sized,
    load: Load,
    predicted: Sequence[TargetResult],
    measured: Sequence[TargetResult],
    traces: Sequence[TargetTrace],
) -> list[Confirmation]:
    """Of the best, as many as were measured by now."""
    every = zip(sized.chosen, predicted, measured, traces, strict=False)
    return [_confirmation(one, sized.goal, load, was, now, trace) for one, was, now, trace in every]


def _confirmation(
    one: Configuration, goal: Goal, load: Load, predicted: TargetResult, measured: TargetResult, trace: TargetTrace
) -> Confirmation:
    """What was PREDICTED of a configuration beside what was then measured, of the visitors that the goal is about."""
    foreseen = _latency(predicted, goal.of)
    interval = list((foreseen.intervals or {}).get("p95", [foreseen.p95, foreseen.p95])) if foreseen else None
    lost = predicted.requests.completed < 0.95 * predicted.requests.planned
    limit_ms = goal.p95_s * 1000
    at_once = [worker.rss_peak_mb for worker in measured.workers_seen]
    rss = [mb for mb in at_once if mb is not None]
    p95_ms = _p95_ms(trace, goal.of)
    return Confirmation(
        one.target,
        load.arrivals,
        goal.held_rate,
        load.duration_s,
        load.requests,
        goal.of,
        limit_ms,
        PredictedFigures(
            foreseen.p95 if foreseen else None,
            interval,
            one.memory_mb,
            one.memory_at_least,
            interval is not None and not lost and interval[1] <= limit_ms,
        ),
        LiveFigures(
            p95_ms if p95_ms < math.inf else None,
            sum(rss) if rss and len(rss) == len(at_once) else None,
            p95_ms <= limit_ms,
            measured.requests.planned,
            measured.requests.completed,
            measured.machine.taken if measured.machine else None,
            measured.driver.limited,
        ),
    )


def _latency(target: TargetResult, of: str) -> Latency | None:
    if of == EVERYBODY:
        return target.latency_ms
    return next((each.latency_ms for each in target.classes if each.name == of), None)


def _p95_ms(trace: TargetTrace, of: str) -> float:
    """Endless where more than one in twenty had no page, or nobody came."""
    visits = trace.visits
    rows = range(len(visits)) if of == EVERYBODY else trace.rows_of(of)
    times = [
        (visits.done_ns[row] - visits.intended_ns[row]) / 1e6 if visits.outcome[row] == DONE else math.inf
        for row in rows
    ]
    return nearest_rank(sorted(times), 95) if times else math.inf
