"""One target with other numbers, as What-if tells of it: the figures of `simulate`, sooner, and without a document.

Some replications at once, so that an answer is there while a key is held, and all of them after that. Lanes are drawn
of so few visitors that somebody could tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.simulation.capacity import demand, limit_rps, units
from asgi_vs_wsgi.scenarios.simulation.law_trace import MOST_LANES
from asgi_vs_wsgi.scenarios.simulation.replications import LEAST, MOST, PERCENTS, percentiles_ms, replicate
from asgi_vs_wsgi.scenarios.simulation.service_model import tails_beside_live_runs
from asgi_vs_wsgi.scenarios.simulation.simulated_run import beyond, simulated_facts
from asgi_vs_wsgi.scenarios.simulation.simulated_trace import simulated_trace, whole_rows
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.scenario import Load
    from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult, InUse
    from asgi_vs_wsgi.scenarios.simulation.replications import Coming, Replications
    from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
    from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

AT_ONCE, AT_ONCE_THRICE = 400, 4000
"""Visitors who are simulated in all replications, or in the least number of them, before anything is told."""


@dataclass(frozen=True)
class Foreseen:
    """A simulated target. Figures are those of its middle replication, as in the document of `simulate`."""

    of: str
    """The measured target whose slices are played."""
    setup: Setup
    latency_ms: dict[str, float]
    """`p50`, `p95` and `p99`; empty where nobody was answered."""
    intervals_ms: dict[str, list[float]]
    """The least and the most of the replications."""
    classes: dict[str, tuple[dict[str, float], dict[str, list[float]]]]
    """The same two of each class, where there are several."""
    makespan_s: float
    throughput_rps: float
    answered: int
    visitors: int
    rate: float
    """At which they come; 0 of a burst and of closed arrivals."""
    wanted: float
    """Slots, or event loops, in use on average by Little's law; 0 without a rate."""
    units: str
    in_use: InUse
    scarce: str
    replications: int
    whole: bool
    """Whether these are all replications."""
    beyond: list[str]
    told: CalibrationResult
    trace: TargetTrace | None
    """Of so many that lanes can be drawn."""

    @property
    def overloaded(self) -> bool:
        """More is wanted than there is: the line grows for as long as they come, and so do the figures."""
        return self.wanted >= self.setup.slots


def first_answer(
    each: Simulation, come: Coming, load: Load, progress: Callable[[float], object] = lambda part: None
) -> Foreseen:
    """Of few replications, without lanes; of few visitors all that can be told. What `progress` raises ends it."""
    if come.visitors <= AT_ONCE:
        return whole_answer(each, come, load, progress)
    many = LEAST if come.visitors <= AT_ONCE_THRICE else 1
    return _answer(each, come, load, _replicated(each, come, progress, many), whole=False)


def whole_answer(each: Simulation, come: Coming, load: Load, progress: Callable[[float], object]) -> Foreseen:
    """Of all replications, with lanes; what `progress` raises ends it."""
    return _answer(each, come, load, _replicated(each, come, progress, MOST), whole=True)


def _replicated(each: Simulation, come: Coming, progress: Callable[[float], object], most: int) -> Replications:
    refusal_s = each.calibration.refusal_s
    return replicate(each.setup, each.scripts, come, refusal_s=refusal_s, progress=progress, most=most)


def _answer(each: Simulation, come: Coming, load: Load, found: Replications, *, whole: bool) -> Foreseen:
    middle, labels = found.middle, [f"p{percent}" for percent in PERCENTS]
    percents = {name: dict(zip(labels, ms, strict=True)) for name, ms in percentiles_ms(middle, come).items()}
    answered, since_s = middle.counts()[Outcome.DONE], come.intended_s or middle.arrival_s
    through = whole_rows(middle)  # of closed arrivals with a duration fewer come than there is room for
    begun_s = min((since_s[row] for row in through), default=0.0)
    makespan_s = max(0.0, max(middle.done_s, default=0.0) - begun_s)
    hold_s = demand(each.scripts, each.calibration.mix, each.setup)[1]
    lanes = whole and len(middle.intervals) > 0 and come.visitors <= MOST_LANES
    return Foreseen(
        each.calibration.name,
        each.setup,
        percents["all"] if answered else {},
        found.intervals["all"],
        {name: (ms, found.intervals[name]) for name, ms in percents.items() if name != "all" and answered},
        makespan_s,
        answered / makespan_s if makespan_s else 0.0,
        answered,
        len(through),
        come.rate,
        come.rate * hold_s,
        units(each.setup),
        found.in_use,
        found.scarce,
        found.count,
        whole,
        beyond(each, found, load),
        each.calibration.told,
        simulated_trace(simulated_facts(each), middle, found.table, come) if lanes else None,
    )


# ---- the knee


KNEE_SHARES = (0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97)
"""Of the rate at which all that is scarce would be in use all of the time."""


@dataclass(frozen=True)
class Knee:
    """p95 against the rate of Poisson arrivals, of one target."""

    of: str
    setup: Setup
    limit_rps: float
    """All slots, cores, GILs or places of pools in use all of the time; beyond it the line grows without end."""
    rates: list[float]
    p95_ms: list[float]
    """The median of the replications."""
    intervals_ms: list[list[float]]
    tails: str
    """What is known of its tails beside live runs; "" where its visitors do not await on event loops."""


def knee(each: Simulation, come_at: Callable[[float], Coming], progress: Callable[[float], object]) -> Knee:
    """`come_at` makes so many a second; what `progress` raises ends it."""
    limit = limit_rps(each.scripts, each.calibration.mix, each.setup)
    rates = [limit * part for part in KNEE_SHARES]
    p95_ms, intervals = [], []
    for at, rate in enumerate(rates):
        found = _replicated(
            each, come_at(rate), partial(_told_part, progress, at / len(rates), len(rates)), KNEE_REPLICATIONS
        )
        p95_ms.append(found.medians["all"]["p95"])
        intervals.append(found.intervals["all"]["p95"])
    tails = tails_beside_live_runs(each.setup, each.scripts)
    return Knee(each.calibration.name, each.setup, limit, rates, p95_ms, intervals, tails)


KNEE_REPLICATIONS = 5


def _told_part(progress: Callable[[float], object], so_far: float, of: int, part: float) -> None:
    progress(so_far + part / of)
