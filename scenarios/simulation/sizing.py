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
from itertools import accumulate
from operator import itemgetter, sub
from random import Random
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY
from asgi_vs_wsgi.scenarios.results.simulation import Configuration, InUse
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank
from asgi_vs_wsgi.scenarios.simulation.capacity import Needs, beyond_capacity, needs, scarce, use_of
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
from asgi_vs_wsgi.scenarios.wording import count, per_second, seconds_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.simulation.request_scripts import ScriptTable
    from asgi_vs_wsgi.scenarios.simulation.simulation_result import Simulated

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
    counted: Sequence[int]
    """The rows whose latency the goal is about, without those who find everything empty."""
    scripts: array[int]
    seed: int


class _Crowds(NamedTuple):
    """The visitors of one measured target's candidates, few of them to choose by, and all to tell figures by."""

    table: ScriptTable
    needs: Needs
    few: list[_Visitors]
    all: list[_Visitors]


def size(
    asked: Sequence[Asked], goal: Goal, progress: Callable[[float], object] = lambda part: None
) -> list[Configuration]:
    """Every candidate of every server: those that hold the goal first, the cheapest of them first of all.

    BadInput where none can serve so many visitors, however long they wait.
    """
    known: _Known = {}
    crowds = {each.server: _crowds(each, goal, known) for each in asked}
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


def _crowds(each: Asked, goal: Goal, known: _Known | None = None) -> _Crowds:
    """`known`: who comes, which is the same for all servers."""
    table, mix = script_table(each.scripts, dict.fromkeys(each.scripts, 1.0)), each.calibration.mix
    part = 1.0 if goal.of == EVERYBODY else mix[goal.of] / sum(mix.values()) or 1e-9
    few = min(goal.visitors, max(FEW, round(FEW_OF_CLASS / part)))
    known = known if known is not None else {}
    return _Crowds(
        table,
        needs(each.scripts, mix, each.setup),
        [_visitors(goal, mix, table, few, number, known) for number in range(LEAST)],
        [_visitors(goal, mix, table, goal.visitors, LEAST + number, known) for number in range(replications())],
    )


_Known = dict[tuple[object, ...], tuple["array[float]", list[str]]]
"""By what they are drawn from: the times at which visitors come, and their classes."""


def _visitors(
    goal: Goal, mix: dict[str, float], table: ScriptTable, many: int, number: int, known: _Known
) -> _Visitors:
    seed = SEED + number
    key = (many, seed, *mix.items())
    if key not in known:
        known[key] = _times(goal.arrivals, many, seed), draw_classes(mix, many, seed)
    times_s, classes = known[key]
    first = round(WARM_SHARE * many)
    counted = range(first, many)
    rows = counted if goal.of == EVERYBODY else [row for row in counted if classes[row] == goal.of]
    if not rows:
        raise BadInput(
            f"--class: among {count(many, 'visitor')} of a replication is none of “{goal.of}”", hint="more --requests"
        )
    return _Visitors(times_s, rows, draw_scripts(table, classes, seed), seed)


def _times(arrivals: str, many: int, seed: int) -> array[float]:
    """One a second, by chance or not."""
    if arrivals != "poisson":
        return array("d", range(1, many + 1))
    draw = Random(f"{seed} arrivals").random
    return array("d", accumulate(-math.log(1.0 - draw()) for _ in range(many)))


def coming_at(goal: Goal, each: Asked) -> Coming:
    """The visitors of a replication, to be simulated whole."""
    table = script_table(each.scripts, dict.fromkeys(each.scripts, 1.0))
    visitors = _visitors(goal, each.calibration.mix, table, goal.visitors, LEAST, {})
    times = array("d", [at_s / goal.rate for at_s in visitors.times_s])
    names = tuple(each.calibration.mix)
    classes = draw_classes(each.calibration.mix, goal.visitors, visitors.seed)
    connected = array("d", [at_s + each.calibration.outside_s for at_s in times])
    return Coming(GivenArrivals(connected), names, [names.index(name) for name in classes], goal.timeout_s, times)


def _is_told(one: Configuration, told: Counter[tuple[str, int]]) -> bool:
    """Of each server a few, and of as many workers of it the fewest threads: those that take more can be guessed."""
    told[one.server, 0] += 1
    told[one.server, one.workers] += 1
    return told[one.server, 0] <= MOST_OF_SERVER and told[one.server, one.workers] <= MOST_OF_WORKERS


def _order(one: Configuration) -> tuple[bool, float, int, float]:
    """Memory first, since it is what a machine is paid for; of the same the fewest slots, then the quickest."""
    return (not one.holds, one.memory_mb or one.workers * 1e6, one.slots, one.p95_ms or math.inf)


def _waits_s(found: Simulated, visitors: _Visitors, outside_s: float) -> Sequence[float]:
    """Until the answer, of those who are counted, with what no worker knows of; endless where there is none."""
    waits_s = array("d", map(sub, found.done_s, found.arrival_s))
    if outside_s:
        waits_s = array("d", [wait_s + outside_s for wait_s in waits_s])
    if found.counts()[Outcome.DONE] < len(waits_s):
        waits_s = array(
            "d", [s if was == Outcome.DONE else math.inf for s, was in zip(waits_s, found.outcome, strict=True)]
        )
    rows = visitors.counted
    return waits_s[rows.start :] if isinstance(rows, range) else [waits_s[row] for row in rows]


class _Trial(NamedTuple):
    """One candidate."""

    asked: Asked
    setup: Setup
    goal: Goal
    crowds: _Crowds

    def _simulated(self, rate: float, visitors: _Visitors) -> Simulated:
        times = GivenArrivals(array("d", [at_s / rate for at_s in visitors.times_s]))
        load = Load(self.crowds.table, times, self.goal.timeout_s, visitors.scripts)
        model = system_model(self.setup, refusal_s=self.asked.calibration.refusal_s)
        return simulate(model, load, seed=visitors.seed)

    def _p95(self, rate: float, crowd: list[_Visitors]) -> tuple[list[float], InUse]:
        """Of each replication, in ms, ascending, endless where more than one in twenty get no page; and how full the
        middle one was."""
        every = [(visitors, self._simulated(rate, visitors)) for visitors in crowd]
        found = [
            (nearest_rank(sorted(_waits_s(one, of, self.asked.calibration.outside_s)), 95) * 1000, one)
            for of, one in every
        ]
        found.sort(key=itemgetter(0))
        return [p95_ms for p95_ms, _ in found], use_of(found[len(found) // 2][1], self.setup)

    def _beyond(self, rate: float) -> str:
        """Why it cannot serve so many, however long they wait; "" where it can."""
        return beyond_capacity(self.crowds.needs, self.setup, rate)

    def _holds(self, rate: float) -> bool:
        """In every one of few replications: the first that does not ends it."""
        return not self._beyond(rate) and all(self._is_held(rate, visitors) for visitors in self.crowds.few)

    def _is_held(self, rate: float, visitors: _Visitors) -> bool:
        """Whether the p95 is within the goal: no more are beyond it than may be."""
        limit_ms = self.goal.p95_s * 1000
        waits_s = _waits_s(self._simulated(rate, visitors), visitors, self.asked.calibration.outside_s)
        return sum(wait_s * 1000 > limit_ms for wait_s in waits_s) <= len(waits_s) - (95 * len(waits_s) + 99) // 100

    def screened(self) -> Configuration:
        """At the asked rate, by a few visitors."""
        goal, setup, told = self.goal, self.setup, self.asked.calibration.told
        rate = goal.rate * goal.headroom
        cpu_s, hold_s, _ = self.crowds.needs
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
        reached, asked = seconds_apart(p95_s, self.goal.p95_s)
        return f"p95 is up to {reached}, {asked} is asked for"

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
