"""The simulator against exact queueing theory: python tests/scenarios/simulation/theory_rows.py [REQUESTS [SEED]]

A row is a model whose mean is known exactly; simulated with a fixed seed, it has an interval of 95 % by batch means (20
batches after the first twentieth, Student's t). One row in twenty lies outside of its own, by what 95 % means.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator
from itertools import count, repeat
from operator import gt, sub
from statistics import fmean, stdev
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.simulation.queueing_theory import (
    constant_service,
    exponential_service,
    shared_cores,
)
from asgi_vs_wsgi.scenarios.simulation.request_scripts import BEGIN, RequestClass, ScriptTable, Step, cpu, wait
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Simulated
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    Load,
    Machine,
    PoissonArrivals,
    SystemModel,
    WorkerKind,
    Workers,
)

BATCHES = 20
STUDENT = 2.093
"""97.5 % of Student's t with 19 degrees of freedom."""
WAITED = 1e-9
"""Mean services: what is less is a sum's rounding."""
ENOUGH_CORES = 1e9

MMC = (
    *((1, 0.5), (2, 0.417), (2, 0.8), (3, 0.5479), (5, 0.9), (10, 0.6)),
    *((14, 10 / 14), (25, 0.8), (55, 48 / 55), (200, 0.95)),
)
MDC = (
    *((1, 0.5), (1, 0.9), (2, 0.5), (2, 0.7), (2, 0.9), (3, 0.8)),
    *((5, 0.7), (5, 0.9), (10, 0.8), (10, 0.95), (25, 0.9)),
)
SHARED = ((1, 0.5), (1, 0.8), (2, 0.8), (4, 0.9))
SERVICES = {
    "exponential": [RequestClass("all", [(BEGIN, cpu(1, exponential=True))])],
    "constant": [RequestClass("all", [(BEGIN, cpu(1))])],
    "hyperexponential": [
        RequestClass("short", [(BEGIN, cpu(0.5, exponential=True))], share=0.9),
        RequestClass("long", [(BEGIN, cpu(5.5, exponential=True))], share=0.1),
    ],
}


class Row(NamedTuple):
    """One mean."""

    name: str
    exact: float
    simulated: float
    half: float
    """Of the interval."""
    little: float
    """L - λW, as a part of L."""

    @property
    def inside(self) -> bool:
        """Whether the exact one lies within the interval."""
        return abs(self.exact - self.simulated) <= self.half


class Trial(NamedTuple):
    """How long, and by which seed."""

    requests: int
    seed: int

    def run(self, workers: Workers, cores: float, rate: float, classes: list[RequestClass]) -> Simulated:
        """At so many arrivals in a mean service."""
        model = SystemModel(Machine(cores, gil=False), workers, backlog=1_000_000_000)
        load = Load(ScriptTable.of(classes), PoissonArrivals(rate, self.requests))
        return simulate(model, load, seed=self.seed)


def batch_mean(values: array[float]) -> tuple[float, float]:
    """The mean and half of its interval."""
    first = len(values) // 20
    size = (len(values) - first) // BATCHES
    means = [fmean(values[first + k * size : first + (k + 1) * size]) for k in range(BATCHES)]
    return fmean(means), STUDENT * stdev(means) / math.sqrt(BATCHES)


def little(found: Simulated) -> float:
    """The number in the system by its integral over time, and by arrivals and their latencies."""
    spent = math.fsum(map(sub, found.done_s, found.arrival_s))
    return (found.totals.system_s - spent) / spent


def of_line(trial: Trial, name: str, servers: int, busy: float, step: Step) -> Iterator[Row]:
    """P(wait) and Wq of a pool whose servers wait and do not compute."""
    line = (exponential_service if step.exponential else constant_service)(servers, busy * servers)
    pool = Workers(WorkerKind.POOL, servers)
    found = trial.run(pool, ENOUGH_CORES, busy * servers, [RequestClass("all", [(BEGIN, step)])])
    waits = array("d", map(sub, found.begin_s, found.arrival_s))
    off = little(found)
    waited = batch_mean(array("d", map(gt, waits, repeat(WAITED))))
    yield Row(f"{name}/{servers} {busy:.3f} P(wait)", line.waits, *waited, off)
    yield Row(f"{name}/{servers} {busy:.3f} Wq", line.wait, *batch_mean(waits), off)


def of_cores(trial: Trial, cores: int, busy: float, service: str) -> Row:
    """E[T] of threads enough for all, which share the cores."""
    found = trial.run(Workers(WorkerKind.POOL, 1, 100_000), cores, busy * cores, SERVICES[service])
    times = batch_mean(array("d", map(sub, found.done_s, found.arrival_s)))
    exact = shared_cores(cores, busy * cores)
    return Row(f"M/G/{cores}-PS {busy:.3f} {service}", exact, *times, little(found))


def rows(requests: int, least_spare: float = 0.0, seed: int = 1) -> Iterator[Row]:
    """All of them, or those that leave at least so much idle: the others want long runs. Each has its own seed."""
    trials = (Trial(requests, seed * 1000 + number) for number in count())
    lines = [("M/M", wait(1, exponential=True), *each) for each in MMC] + [("M/D", wait(1), *each) for each in MDC]
    for name, step, servers, busy in lines:
        if 1 - busy >= least_spare:
            yield from of_line(next(trials), name, servers, busy, step)
    for cores, busy in SHARED:
        if 1 - busy >= least_spare:
            for service in SERVICES:
                yield of_cores(next(trials), cores, busy, service)


def main() -> int:
    """1 where more are outside than one in ten."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    found = []
    for row in rows(requests, seed=seed):
        found.append(row)
        mark = "" if row.inside else "   outside"
        print(
            f"{row.name:36} {row.exact:9.5f}  {row.simulated:9.5f} ± {row.half:.5f}   L {row.little:+.0e}{mark}",
            flush=True,
        )
    inside = sum(row.inside for row in found)
    print(f"{inside} of {len(found)} within their interval of 95 %, {requests:,} requests each")
    return 0 if inside >= 0.9 * len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
