"""A simulation many times over: who accepts and whose slices are resampled is drawn anew, who comes when is not.

So the figures of a simulated target are intervals: from the least to the most of its replications. What they cannot
show is how unevenly a server's workers accept, which no measurement tells of another machine: beside them stand the
most even way and the most uneven.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank
from asgi_vs_wsgi.scenarios.simulation.capacity import scarce, use_of
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import until_done_s
from asgi_vs_wsgi.scenarios.simulation.service_model import draw_scripts, script_table, system_model
from asgi_vs_wsgi.scenarios.simulation.simulate import best_engine, simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail, Outcome, Simulated
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    Arrivals,
    ClosedVisitors,
    GivenArrivals,
    Load,
    Pick,
    WorkerKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.results.simulation import InUse
    from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Scripts
    from asgi_vs_wsgi.scenarios.simulation.request_scripts import ScriptTable
    from asgi_vs_wsgi.scenarios.simulation.service_model import Setup

LEAST, MOST = 3, 20
"""Replications."""
BUDGET = {"python": 150_000, "native": 3_000_000}
"""Visitors in all replications together: some seconds."""
MOST_DRAWN = 20_000
"""Visitors of a run whose every slice is kept."""
FIRST_SEED = 1000
PERCENTS = (50, 95, 99)
Progress = Callable[[float], object]


@dataclass(frozen=True)
class Coming:
    """Who comes when: an index into `classes` for each visitor, and what the engine takes."""

    arrivals: Arrivals
    classes: tuple[str, ...]
    class_of: Sequence[int]
    patience_s: float
    intended_s: array[float] | None = None
    """When each wanted to come, where that was before a connection was there; None: when they came."""
    stop_s: float = float("inf")

    @property
    def visitors(self) -> int:
        """How many at most."""
        return self.arrivals.requests

    @property
    def rate(self) -> float:
        """A second, of those who come whatever the server does; 0 of a burst and of closed arrivals."""
        times_s = self.intended_s or array("d")
        lasted_s = times_s[-1] - times_s[0] if times_s else 0.0
        return (len(times_s) - 1) / lasted_s if lasted_s > 0 else 0.0


def coming(plan: Plan, classes: Sequence[str], least_s: float, spacing_s: float, outside_s: float = 0.0) -> Coming:
    """As the plan of a run says; at the server they are `outside_s` later.

    `least_s`: the shortest that a visitor may wait for its answer, for closed arrivals with an end. `spacing_s`: what a
    client needs for a connection: who come at once connect one after another, and several workers may take of them.
    """
    if plan.arrivals == "closed":
        visitors = plan.concurrency or 1
        requests = plan.requests
        if plan.duration_s is not None:
            requests = min(requests, round(visitors * plan.duration_s / max(least_s, 1e-4)) + visitors)
        closed = ClosedVisitors(min(visitors, requests), requests)
        stop_s = float("inf") if plan.duration_s is None else plan.duration_s
        return Coming(closed, tuple(classes), plan.path[:requests], plan.timeout_s, stop_s=stop_s)
    intended, connected = array("d", [offset_ns / 1e9 for offset_ns in plan.offsets_ns]), array("d")
    free_s = 0.0
    for at_s in intended:
        connected.append(max(at_s + outside_s, free_s))
        free_s = connected[-1] + spacing_s
    return Coming(GivenArrivals(connected), tuple(classes), plan.path, plan.timeout_s, intended)


def shortest_s(scripts: Scripts) -> float:
    """The least that a visitor waits for an answer: no sooner does it come again."""
    return min(until_done_s(script) for of_class in scripts.values() for script in of_class)


@dataclass(frozen=True)
class Replications:
    """The figures of all, and the middle one by its p95 in full."""

    middle: Simulated
    table: ScriptTable
    count: int
    intervals: dict[str, dict[str, list[float]]]
    """Class (`all` for everybody) to `p50`, `p95`, `p99` to the least and the most, in ms."""
    medians: dict[str, dict[str, float]]
    in_use: InUse
    scarce: str
    even_p95_ms: float | None
    """If idle workers took turns; None where who accepts makes no difference."""
    uneven_p95_ms: float | None
    """If one took whoever it could. Who comes in a crowd to workers that accept ahead of their threads may be shared in
    any way between the two: then both ends are in the intervals."""


def replicate(
    setup: Setup,
    scripts: Scripts,
    come: Coming,
    *,
    refusal_s: float,
    progress: Progress = lambda part: None,
    most: int = MOST,
) -> Replications:
    """So many times as the time allows, and no more often than `most`.

    Of fewer than `LEAST` the last one is the middle, and nothing is told of who accepts.
    """
    table = script_table(scripts, dict.fromkeys(scripts, 1.0))
    names = [come.classes[number] for number in come.class_of]
    many = min(most, max(LEAST, min(MOST, BUDGET[best_engine()] // max(1, come.visitors))))

    def one(
        seed: int, pick: Pick = Pick.RANDOM, detail: Detail = Detail.TIMES, workers: array[int] | None = None
    ) -> Simulated:
        chosen = draw_scripts(table, names, seed)
        load = Load(table, come.arrivals, come.patience_s, chosen, workers, come.stop_s)
        model = system_model(setup, pick=pick, refusal_s=refusal_s)
        return simulate(model, load, seed=seed, detail=detail, progress=lambda part: progress((done + part) / every))

    done, every = 0, many + 2
    figures: list[tuple[float, int, dict[str, list[float]]]] = []
    hurried = many < LEAST
    for number in range(many):
        found = one(FIRST_SEED + number)
        percents = percentiles_ms(found, come)
        figures.append((percents["all"][1], FIRST_SEED + number, percents))
        done = number + 1
        progress(done / every)
    middle_seed = sorted(figures)[(many - 1) // 2][1]
    detail = Detail.INTERVALS if come.visitors <= MOST_DRAWN else Detail.WAITS
    middle = found if hurried else one(middle_seed, detail=detail)
    workers = system_model(setup).workers
    races = setup.workers > 1 and workers.kind is not WorkerKind.POOL and not workers.hashed and not hurried
    ahead = shared_ahead(setup, at_a_rate=bool(come.rate))
    at_one = array("i", bytes(4 * come.visitors)) if ahead else None
    ends = [one(middle_seed, Pick.LONGEST_IDLE), one(middle_seed, Pick.LOWEST, workers=at_one)] if races else []
    even, uneven = [percentiles_ms(end, come) for end in ends] or (None, None)
    progress(1.0)
    kinds = figures[0][2].keys()
    told = [percents for _, _, percents in figures] + [each for each in (even, uneven) if each and ahead]
    of_all = {kind: list(zip(*(percents[kind] for percents in told), strict=True)) for kind in kinds}
    labels = [f"p{percent}" for percent in PERCENTS]
    in_use = use_of(middle, setup)
    return Replications(
        middle,
        table,
        many,
        {k: {p: [min(v), max(v)] for p, v in zip(labels, values, strict=True)} for k, values in of_all.items()},
        {k: {p: median(v) for p, v in zip(labels, values, strict=True)} for k, values in of_all.items()},
        in_use,
        scarce(in_use, setup),
        even["all"][1] if even else None,
        uneven["all"][1] if uneven else None,
    )


def shared_ahead(setup: Setup, *, at_a_rate: bool) -> bool:
    """Whether workers accept a crowd ahead of their threads, and may share it in any way."""
    return setup.workers > 1 and system_model(setup).workers.kind is WorkerKind.ACCEPTOR and not at_a_rate


def percentiles_ms(found: Simulated, come: Coming) -> dict[str, list[float]]:
    """Of all and of each class, in ms; 0 where nobody was answered."""
    of: dict[str, list[float]] = {"all": []}
    since_s = come.intended_s or found.arrival_s
    for row, outcome in enumerate(found.outcome):
        if outcome == Outcome.DONE:
            took_s = found.done_s[row] - since_s[row]
            of["all"].append(took_s)
            if len(come.classes) > 1:
                of.setdefault(come.classes[come.class_of[row]], []).append(took_s)
    for name in come.classes if len(come.classes) > 1 else ():
        of.setdefault(name, [])
    ordered = {name: sorted(times) or [0.0] for name, times in of.items()}
    return {name: [nearest_rank(times, percent) * 1000 for percent in PERCENTS] for name, times in ordered.items()}
