"""Sizing: the cheapest workers and threads that hold a latency at a rate, by simulating every candidate.

    candidates ─► thrown out by law: more cores, slots or one GIL wanted than there are ─► the reason is kept
              └─► simulated, all with the same visitors ─► hold it in every replication? ─► cheapest by memory first
                                                                                        └─► at what rate does it break?

The same visitors with the same scripts come to all candidates (common random numbers): what differs is no chance.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from operator import itemgetter
from random import Random
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY
from asgi_vs_wsgi.scenarios.results.simulation import Configuration, InUse
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank
from asgi_vs_wsgi.scenarios.simulation.capacity import beyond_capacity, demand, scarce, use_of
from asgi_vs_wsgi.scenarios.simulation.replications import Coming
from asgi_vs_wsgi.scenarios.simulation.service_model import (
    Setup,
    draw_classes,
    draw_scripts,
    script_table,
    system_model,
)
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Outcome
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal, candidates, replications
from asgi_vs_wsgi.scenarios.simulation.system_model import GivenArrivals, Load
from asgi_vs_wsgi.scenarios.wording import count, per_second, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.simulation.request_scripts import ScriptTable

LEAST, FEW = 3, 1500
"""Replications, and visitors in each, by which candidates are chosen; the figures of those that are told have more."""
FEW_OF_CLASS = 60
"""Visitors of the class that the goal is about, among those by which candidates are chosen."""
UP = (1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
DOWN = (0.9, 0.75, 0.6, 0.5, 0.4, 0.25, 0.1, 0.05)
"""Times the rate, at which a configuration is tried to break, or to hold after all."""
MOST_OF_SERVER, MOST_OF_WORKERS, MOST_FAILED, ENOUGH_ALIKE = 6, 2, 6, 3
"""Configurations that are looked at closely, and how many of one server with as many threads need hold the goal."""
SEED = 7000
WARM_SHARE = 0.05
"""Of the visitors, the first: they find everything empty."""


class _Visitors(NamedTuple):
    """Those of one replication: at a rate of 1 a second; at any other they come so much closer together."""

    times_s: array[float]
    counted: list[int]
    """The rows whose latency the goal is about, without those who find everything empty."""
    scripts: array[int]
    seed: int


class _Crowds(NamedTuple):
    """The visitors of one measured target's candidates, few of them to choose by, and all to tell figures by."""

    table: ScriptTable
    few: list[_Visitors]
    all: list[_Visitors]


def size(
    asked: Sequence[Asked], goal: Goal, progress: Callable[[float], object] = lambda part: None
) -> list[Configuration]:
    """Every candidate of every server: those that hold the goal first, the cheapest of them first of all.

    BadInput where none can serve so many visitors, however long they wait.
    """
    crowds = {each.server: _crowds(each, goal) for each in asked}
    every = [(each, setup) for each in asked for setup in candidates(each)]
    chosen: list[tuple[Configuration, _Trial]] = []
    enough: Counter[tuple[str, int]] = Counter()
    for number, (each, setup) in enumerate(every):
        alike = (each.server, setup.threads)
        if enough[alike] >= ENOUGH_ALIKE:
            continue
        trial = _Trial(each, setup, goal, crowds[each.server])
        tried = trial.screened()
        enough[alike] += tried.holds
        chosen.append((tried, trial))
        progress(number / len(every) / 2)
    chosen.sort(key=lambda pair: _order(pair[0]))
    rows: Counter[tuple[str, int]] = Counter()
    if all(one.p95_ms is None for one, _ in chosen):
        nearest = min((one for one, _ in chosen), key=lambda one: one.wanted / one.slots)
        raise BadInput(
            f"--rate: {per_second(goal.rate * goal.headroom)} is beyond any capacity: {nearest.target}: {nearest.why}",
            hint="a lower rate, or more --cores",
        )
    shown = [pair for pair in chosen if pair[0].holds and _is_told(pair[0], rows)]
    shown += [pair for pair in chosen if not pair[0].holds and pair[0].p95_ms is not None][:MOST_FAILED]
    told: dict[str, Configuration] = {}
    for number, (one, trial) in enumerate(shown):
        told[one.target] = trial.told(one)
        progress(0.5 + (number + 1) / len(shown) / 2)
    return sorted((told.get(one.target, one) for one, _ in chosen), key=_order)


def _crowds(each: Asked, goal: Goal) -> _Crowds:
    table, mix = script_table(each.scripts, dict.fromkeys(each.scripts, 1.0)), each.calibration.mix
    part = 1.0 if goal.of == EVERYBODY else mix[goal.of] / sum(mix.values()) or 1e-9
    few = min(goal.visitors, max(FEW, round(FEW_OF_CLASS / part)))
    return _Crowds(
        table,
        [_visitors(goal, mix, table, few, number) for number in range(LEAST)],
        [_visitors(goal, mix, table, goal.visitors, LEAST + number) for number in range(replications())],
    )


def _visitors(goal: Goal, mix: dict[str, float], table: ScriptTable, many: int, number: int) -> _Visitors:
    seed = SEED + number
    classes = draw_classes(mix, many, seed)
    times, at_s = array("d"), 0.0
    draw = Random(f"{seed} arrivals")
    for _ in range(many):
        at_s += -math.log(1.0 - draw.random()) if goal.arrivals == "poisson" else 1.0
        times.append(at_s)
    counted = [row for row in range(round(WARM_SHARE * many), many) if goal.of in (EVERYBODY, classes[row])]
    if not counted:
        raise BadInput(
            f"--class: among {count(many, 'visitor')} of a replication is none of “{goal.of}”", hint="more --requests"
        )
    return _Visitors(times, counted, draw_scripts(table, classes, seed), seed)


def coming_at(goal: Goal, each: Asked) -> Coming:
    """The visitors of a replication, to be simulated whole."""
    table = script_table(each.scripts, dict.fromkeys(each.scripts, 1.0))
    visitors = _visitors(goal, each.calibration.mix, table, goal.visitors, LEAST)
    times = array("d", [at_s / goal.rate for at_s in visitors.times_s])
    names = tuple(each.calibration.mix)
    classes = draw_classes(each.calibration.mix, goal.visitors, visitors.seed)
    return Coming(GivenArrivals(times), names, [names.index(name) for name in classes], goal.timeout_s, times)


def _is_told(one: Configuration, told: Counter[tuple[str, int]]) -> bool:
    """Of each server a few, and of as many workers of it the fewest threads: those that take more can be guessed."""
    told[one.server, 0] += 1
    told[one.server, one.workers] += 1
    return told[one.server, 0] <= MOST_OF_SERVER and told[one.server, one.workers] <= MOST_OF_WORKERS


def _order(one: Configuration) -> tuple[bool, float, int, float]:
    """Memory first, since it is what a machine is paid for; of the same the fewest slots, then the quickest."""
    return (not one.holds, one.memory_mb or one.workers * 1e6, one.slots, one.p95_ms or math.inf)


class _Trial(NamedTuple):
    """One candidate."""

    asked: Asked
    setup: Setup
    goal: Goal
    crowds: _Crowds

    def _p95(self, rate: float, crowd: list[_Visitors]) -> tuple[list[float], InUse]:
        """Of each replication, in ms, ascending, endless where more than one in twenty get no page; and how full the
        middle one was."""
        found, model = [], system_model(self.setup, refusal_s=self.asked.calibration.refusal_s)
        for visitors in crowd:
            times = GivenArrivals(array("d", [at_s / rate for at_s in visitors.times_s]))
            load = Load(self.crowds.table, times, self.goal.timeout_s, visitors.scripts)
            result = simulate(model, load, seed=visitors.seed)
            done, outcome = Outcome.DONE, result.outcome
            came_s, done_s = result.arrival_s, result.done_s
            waited = sorted(done_s[row] - came_s[row] if outcome[row] == done else math.inf for row in visitors.counted)
            found.append((nearest_rank(waited, 95) * 1000, use_of(result, self.setup)))
        found.sort(key=itemgetter(0))
        return [p95_ms for p95_ms, _ in found], found[len(found) // 2][1]

    def _beyond(self, rate: float) -> str:
        """Why it cannot serve so many, however long they wait; "" where it can."""
        return beyond_capacity(self.asked.scripts, self.asked.calibration.mix, self.setup, rate)

    def _holds(self, rate: float) -> bool:
        return not self._beyond(rate) and self._p95(rate, self.crowds.few)[0][-1] <= self.goal.p95_s * 1000

    def screened(self) -> Configuration:
        """At the asked rate, by a few visitors."""
        goal, setup, told = self.goal, self.setup, self.asked.calibration.told
        rate = goal.rate * goal.headroom
        cpu_s, hold_s = demand(self.asked.scripts, self.asked.calibration.mix, setup)
        configuration = Configuration(
            target=setup.label,
            server=setup.server,
            workers=setup.workers,
            threads=setup.threads,
            pool=setup.pool,
            holds=False,
            p95_ms=None,
            interval=None,
            memory_mb=told.rss_mb * setup.workers if told.rss_mb is not None else None,
            memory_at_least=setup.threads > told.threads,
            breaks_at_rps=rate,
            holds_at_rps=None,
            wanted=rate * hold_s,
            slots=setup.slots,
            in_use=InUse(min(1.0, rate * cpu_s / setup.cores), None, None, None),
            scarce="",
            why=self._beyond(rate),
        )
        return configuration if configuration.why else self._with_figures(configuration, rate, self.crowds.few)

    def _with_figures(self, one: Configuration, rate: float, crowd: list[_Visitors]) -> Configuration:
        endless, use = self._p95(rate, crowd)
        holds = endless[-1] <= self.goal.p95_s * 1000
        p95 = [min(p95_ms, self.goal.timeout_s * 1000) for p95_ms in endless]
        return replace(
            one,
            holds=holds,
            p95_ms=median(p95),
            interval=[p95[0], p95[-1]],
            breaks_at_rps=None if holds else rate,
            holds_at_rps=rate if holds else None,
            in_use=use,
            scarce=scarce(use, self.setup),
            why="" if holds else self._too_slow(endless[-1] / 1000),
        )

    def _too_slow(self, p95_s: float) -> str:
        if p95_s == math.inf:
            return "more than one visitor in twenty gets no page: refused, or given up after the time limit"
        return f"p95 is up to {seconds(p95_s)}, {seconds(self.goal.p95_s)} is asked for"

    def told(self, screened: Configuration) -> Configuration:
        """The same by all visitors, and at what rate it breaks, or would hold after all."""
        rate = self.goal.rate * self.goal.headroom
        one = replace(self._with_figures(screened, rate, self.crowds.all), screened=False)
        tried = [float(f"{rate * factor:.6g}") for factor in (UP if one.holds else DOWN)]
        low, high = -1, len(tried)  # of those below it holds, of those from it on it does not; or the other way round
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._holds(tried[middle]) == one.holds else (low, middle)
        last, next_ = tried[low] if low >= 0 else rate, tried[high] if high < len(tried) else None
        if one.holds:
            return replace(one, holds_at_rps=last, breaks_at_rps=next_)
        return replace(one, holds_at_rps=next_, breaks_at_rps=last)
