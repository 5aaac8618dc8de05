"""What is to be held, by which servers, and what is said of the answer: what Little's law says, and how sure it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY
from asgi_vs_wsgi.scenarios.results import BUSY
from asgi_vs_wsgi.scenarios.results.simulation import Sizing
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.simulation.capacity import demand, units
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Scripts, until_done_s
from asgi_vs_wsgi.scenarios.simulation.service_model import tails_beside_live_runs
from asgi_vs_wsgi.scenarios.simulation.simulate import best_engine
from asgi_vs_wsgi.scenarios.simulation.simulated_run import extrapolated
from asgi_vs_wsgi.scenarios.wording import number, per_second, seconds, share
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Target
    from asgi_vs_wsgi.scenarios.results.simulation import Configuration
    from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
    from asgi_vs_wsgi.scenarios.simulation.service_model import Setup

WORKERS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64)
THREADS = (2, 4, 8, 16, 32, 64)
REPLICATIONS = {"python": 3, "native": 5}
VISITORS = {"python": 1500, "native": 4000}
"""In each replication, where nobody says."""


def replications() -> int:
    """Of the figures that are told."""
    return REPLICATIONS[best_engine()]


class Goal(NamedTuple):
    """What is to be held."""

    rate: float
    p95_s: float
    of: str
    """A class of visitors, or `all`."""
    headroom: float
    arrivals: str
    """`poisson` or `constant`."""
    visitors: int
    """In each replication."""
    timeout_s: float

    @property
    def held_rate(self) -> float:
        """A second, with the headroom: at which it is to be held."""
        return self.rate * self.headroom

    @property
    def lasts_s(self) -> float:
        """How long the visitors of a replication come."""
        return self.visitors / self.held_rate


class Asked(NamedTuple):
    """A server that may be sized: the slices it is simulated from, its scripts, and which numbers are fixed."""

    calibration: Calibration
    target: Target
    scripts: Scripts
    workers: int | None
    threads: int | None
    setup: Setup
    """Whose cores, GIL, pool and options all candidates have."""
    changes: Sequence[str] = ()
    """In words: other numbers that were asked for, which no measurement has shown."""

    @property
    def server(self) -> str:
        """Its name."""
        return self.setup.server


def refuse_goal(asked: Sequence[Asked], goal: Goal) -> None:
    """BadInput where a visitor alone takes longer already: no number of workers helps."""
    alone = {each.server: _alone_s(each, goal.of) for each in asked}
    if all(alone_s > goal.p95_s for alone_s in alone.values()):
        name = min(alone, key=alone.__getitem__)
        whose = "one visitor in twenty" if goal.of == "all" else f"one “{goal.of}” visitor in twenty"
        what = f"--p95: {whose} takes {seconds(alone[name])} alone already at {name}: no number of workers helps"
        raise BadInput(what, hint="a longer time, or --class NAME for a class of visitors that is quicker")


def refuse_class(of: str, classes: Sequence[str]) -> None:
    """BadInput where no visitors are called so."""
    known = list(dict.fromkeys((EVERYBODY, *classes)))
    if of not in known:
        raise BadInput(f"--class: no visitors of “{of}” in this run", hint=suggest(of, known))


def _alone_s(each: Asked, of: str) -> float:
    """What 95 % of the scripts do not exceed, each as often as its visitors come."""
    mix = each.calibration.mix
    names = [name for name in each.scripts if of in ("all", name)]
    times = sorted((until_done_s(s), mix[n] / len(each.scripts[n])) for n in names for s in each.scripts[n])
    whole, so_far = sum(part for _, part in times), 0.0
    for time_s, part in times:
        so_far += part
        if so_far >= 0.95 * whole:
            return time_s
    return 0.0


def usual_visitors(duration_s: float | None, requests: int | None, rate: float) -> int:
    """As many as were asked for, else so many as tell a p95."""
    if requests is not None:
        return requests
    least = VISITORS[best_engine()]
    return least if duration_s is None else max(100, round(duration_s * rate))


def candidates(asked: Asked) -> Iterator[Setup]:
    """Workers and threads of one server that may be worth it."""
    spec, cores = server_spec(asked.server), math.ceil(asked.setup.cores)
    most = {"none": cores + 1, "thread": 2 * cores + 1}.get(spec.slot, WORKERS[-1])
    workers = [asked.workers] if asked.workers else [many for many in WORKERS if many <= min(most, spec.max_workers)]
    if spec.max_threads > 1:
        threads = [asked.threads] if asked.threads else [many for many in THREADS if many <= spec.max_threads]
    else:
        threads = [1]
    for many in workers:
        for of_each in threads:
            yield replace(asked.setup, workers=many, threads=of_each)


def sizing(asked: Sequence[Asked], goal: Goal, found: Sequence[Configuration]) -> Sizing:
    """What was asked, what Little's law says of it, and how sure the answer is."""
    return Sizing(
        goal.rate,
        goal.p95_s * 1000,
        goal.of,
        goal.headroom,
        asked[0].setup.cores,
        goal.lasts_s,
        replications(),
        _little(asked, goal, found),
        _sure(asked, goal),
    )


def _little(asked: Sequence[Asked], goal: Goal, found: Sequence[Configuration]) -> str:
    parts = []
    for each in asked:
        setup = next(candidates(each))
        _, hold_s = demand(each.scripts, each.calibration.mix, setup)
        product = f"{per_second(goal.held_rate)} × {seconds(hold_s)} = {number(goal.held_rate * hold_s)} {units(setup)}"
        parts.append(f"{each.server}: {product}")
    words = f"Little's law: wanted on average, {'; '.join(parts)}. That is not enough: it is a mean, and "
    chance = goal.arrivals == "poisson"
    words += "visitors come by chance several at once." if chance else "some visitors take longer than others."
    if short := next((one for one in found if not one.holds and one.p95_ms is not None), None):
        part = share(min(1.0, short.wanted / short.slots))
        words += f" {short.target} has {short.slots}, {part} wanted on average, and does not hold it: {short.why}."
    return words


def _sure(asked: Sequence[Asked], goal: Goal) -> str:
    told = [each.calibration.told for each in asked]
    worst = max(abs(run.reproduces_p95_error) for each in told for run in (each, each.crowd) if run)
    words = (
        f"Intervals: the least and the most of {replications()} replications of {goal.visitors} visitors each "
        f"({seconds(goal.lasts_s)}); a shorter time may be better or worse by chance. The measured runs "
        f"are reproduced within {worst:.1%} in p95; where nearly all is in use, an error in a request's time counts "
        "many times in line. Which idle worker accepts is drawn by chance; a real server may be less even."
    )
    if busy := [each for each in told if each.taken_share is not None and each.taken_share > BUSY]:
        which = ", ".join(f"{each.target} ({share(each.taken_share or 0)})" for each in busy)
        words += f" Not sure: others took much of the machine while it was measured: {which}."
    if any(each.taken_share is None for each in told):
        words += " Whether others used the machine while it was measured is not known."
    for each in asked:
        for beyond in (*each.changes, *extrapolated(each.calibration.told, each.setup)):
            words += f" {each.server}: {beyond}."
    of_loops: dict[str, list[str]] = {}
    for each in asked:
        of_loops.setdefault(tails_beside_live_runs(each.setup, each.scripts), []).append(each.server)
    for known, servers in of_loops.items():
        if known:
            words += f" Event loops whose visitors await ({', '.join(servers)}) may hold less than this: {known}."
    return words
