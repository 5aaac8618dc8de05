"""What a request costs among others: the CPU of one server in two runs, with few and with many in flight.

    few in flight  ─► CPU of a request by the workers' clocks, how many each worker had ─┐
    many in flight ─► the same                                                          ─┴─► a straight line (Crowd)

An event loop's request costs more in a crowd (threads that hop, callbacks, the GIL), a pool's less: a worker that goes
from one to the next finds its caches warm and its core awake. Within what the two runs had the line is known; beyond,
a request is taken to cost what it costs at the end, and the words say so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results.simulation import CrowdResult, GarbageResult
from asgi_vs_wsgi.scenarios.simulation.reproduction import Replay, Reproduced, served_of_all
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.simulation.system_model import NO_GARBAGE, Crowd, Garbage
from asgi_vs_wsgi.scenarios.wording import number
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

IN_LINE = 2.0
"""Of a worker that serves one at a time: whether somebody is in line is all that its costs depend on."""
LEAST_APART = 0.3
"""In flight of a worker: two runs that are no further apart are one."""
LEAST_TIMES = 0.05


class Source(NamedTuple):
    """Which run, for people: the file or the scenario, and when it was written."""

    name: str
    saved: str | None


class MeasuredTarget(NamedTuple):
    """One target of a measured run, whose trace is decoded."""

    trace: TargetTrace
    run: RunResult
    source: Source

    @property
    def figures(self) -> TargetResult:
        """As the run tells them."""
        return next(target for target in self.run.targets if target.name == self.trace.facts.name)

    @property
    def cores(self) -> int:
        """Of its machine."""
        return int(self.run.environment.get("cores", 1))

    def replay(self, crowd: Crowd, garbage: Garbage, *, whole: bool) -> Replay:
        """Its arrivals once more, on the whole machine or on what others left of it."""
        facts, figures = self.trace.facts, self.figures
        have = float(self.cores) if whole or not figures.machine else figures.machine.left_of(self.cores)
        gil = has_gil(figures, self.run)
        setup = Setup(facts.server, facts.slot, facts.workers, facts.threads, have, gil, crowd=crowd, garbage=garbage)
        closed = self.run.load.arrivals == "closed"
        return Replay(self.trace, setup, self.run.load.concurrency if closed else None)

    def collections(self) -> Iterator[tuple[WorkerTrace, list[tuple[int, int]]]]:
        """Of each worker: when it had collected all its garbage during the run, in ns, and the CPU of that, in us."""
        began_ns = min(filter(None, self.trace.visits.connected_ns), default=0)
        for worker in self.trace.workers.values():
            yield worker, [each for each in worker.vitals[Vital.FULL_COLLECTION_US] if each[0] >= began_ns]

    def collecting_s(self) -> float:
        """CPU of these collections, a request."""
        spent_us = sum(cpu_us for _, of_worker in self.collections() for _, cpu_us in of_worker)
        return spent_us / 1e6 / max(1, sum(worker.requests for worker in self.figures.workers_seen))

    def cpu_s(self) -> float | None:
        """Of a request, by its workers' clocks; None where one of them is not known."""
        told = self.figures.workers_seen
        requests = sum(worker.requests for worker in told)
        if not requests or any(worker.cpu_ms is None for worker in told):
            return None
        return sum(worker.cpu_ms or 0.0 for worker in told) / requests / 1000


def has_gil(figures: TargetResult, run: RunResult) -> bool:
    """Whether the target's Python has one."""
    told = figures.environment.gil if figures.environment else None
    return bool(run.environment.get("gil", True)) if told is None else told


def garbage_of(measured: Sequence[MeasuredTarget]) -> tuple[Garbage, GarbageResult | None]:
    """What full collections cost, and how many requests lie between two of one worker.

    A worker's first is no measure: it finds little, and when the one before was is not known.
    """
    between, spent_us = [], []
    for worker, of_worker in (each for of in measured for each in of.collections()):
        begun = sorted(handling.begin_ns for handling in worker.handlings.values())
        for (before_ns, _), (at_ns, cpu_us) in pairwise(of_worker):
            between.append(bisect_right(begun, at_ns) - bisect_right(begun, before_ns))
            spent_us.append(cpu_us)
    if not between or not any(between):
        return NO_GARBAGE, None
    found = Garbage(max(1, round(fmean(between))), tuple(us / 1e6 for us in spent_us))
    ends_ms = [each / 1000 for each in (min(spent_us), max(spent_us))]
    return found, GarbageResult(len(between), found.every, found.cpu_s * 1000, ends_ms)


class CrowdCosts(NamedTuple):
    """The line for the simulator, and what is told of it; how well the second run is reproduced is not known yet."""

    crowd: Crowd
    told: CrowdResult


def costs_in_a_crowd(few: MeasuredTarget, many: MeasuredTarget, *, collects: bool) -> CrowdCosts:
    """Of the same server in two runs; BadInput where they are not comparable, or do not differ in what they had.

    `collects`: full collections of garbage are known, and are no part of what a request costs.
    """
    _refuse_others(few, many)
    most = _most_of_a_worker(many)
    each = [_in_flight_of_a_worker(of, most) for of in (few, many)]
    name = many.trace.facts.name
    if each[1] - each[0] < LEAST_APART:
        had = f"{number(each[1])} in flight of a worker, and {number(each[0])} in the other run"
        raise BadInput(f"{many.source.name}: {name}: {had}", hint="name a run with more at once, such as a burst")
    costs = [(cpu_s := of.cpu_s()) and cpu_s - of.collecting_s() * collects for of in (few, many)]
    if costs[0] is None or costs[1] is None or costs[0] <= 0:
        raise BadInput(
            f"{many.source.name}: {name}: what its workers computed was not recorded in both runs",
            hint="run both again with this version, without --no-probe",
        )
    times = max(LEAST_TIMES, costs[1] / costs[0])
    figures, facts, load = many.figures, many.trace.facts, many.run.load
    told = CrowdResult(
        run=many.source.name,
        saved=many.source.saved,
        target=facts.name,
        arrivals=load.arrivals,
        visitors=len(served_of_all(many.trace)),
        in_flight=figures.in_flight.max if figures.in_flight else 1,
        workers=facts.workers,
        threads=facts.threads,
        taken_share=figures.machine.taken if figures.machine else None,
        cpu_ms=costs[1] * 1000,
        each=each,
        times=times,
        outside_ms=0.0,
        **dict.fromkeys(Reproduced._fields, 0.0),
    )
    return CrowdCosts(Crowd(each[0], each[1], 1.0, times), told)


def _refuse_others(few: MeasuredTarget, many: MeasuredTarget) -> None:
    one, two, name = few.trace.facts, many.trace.facts, many.source.name
    pythons = [of.figures.environment.python if of.figures.environment else None for of in (few, many)]
    for what, first, second in (
        ("the server", one.server, two.server),
        (f"the version of {one.server}", one.version, two.version),
        ("the view", one.view, two.view),
        ("Python", pythons[0], pythons[1]),
        ("the number of cores", few.cores, many.cores),
    ):
        if first != second:
            differs = f"{what} is {second}, and {first} in {few.source.name}"
            raise BadInput(f"{name}: {two.name}: {differs}", hint="name two runs that differ in who comes alone")
    if set(few.trace.classes) != set(many.trace.classes):
        raise BadInput(f"{name}: {two.name}: it has other classes of visitors", hint="name a run of the same scenario")


def _most_of_a_worker(of: MeasuredTarget) -> float:
    facts, figures = of.trace.facts, of.figures
    most = float(figures.in_flight.max_per_worker) if figures.in_flight else 1.0
    if facts.slot == "worker":
        return IN_LINE
    return max(1.0, min(most, float(facts.threads)) if facts.slot == "thread" else most)


def _in_flight_of_a_worker(of: MeasuredTarget, most: float) -> float:
    """On average, when a request begins and when it ends, for it computes then; itself counted, and `most` at most."""
    facts, visits = of.trace.facts, of.trace.visits
    served = served_of_all(of.trace)
    if facts.slot == "worker":
        came = sorted(filter(None, visits.connected_ns))
        left = sorted(filter(None, visits.done_ns))
        moments = ((at_ns, came, left) for each in served for at_ns in (each.begin_ns, each.end_ns))
        return _mean_among(moments, 1 / facts.workers, most)
    spans = {
        pid: (sorted(each.begin_ns for each in mine), sorted(each.end_ns for each in mine))
        for pid in of.trace.workers
        if (mine := [each for each in served if each.worker.pid == pid])
    }
    moments = ((at_ns, *spans[each.worker.pid]) for each in served for at_ns in (each.begin_ns, each.end_ns))
    return _mean_among(moments, 1.0, most)


def _mean_among(moments: Iterable[tuple[int, list[int], list[int]]], part: float, most: float) -> float:
    return fmean(
        min(most, max(1.0, part * (bisect_right(came, at_ns) - bisect_left(left, at_ns))))
        for at_ns, came, left in moments
    )
