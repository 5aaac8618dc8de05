"""Random models of servers, and what must hold of any simulation: nobody is lost, no time is negative, sums come out.

A model is a function of its number alone, so that one that fails can be looked at again.
"""

from __future__ import annotations

import math
import random
from array import array
from collections import defaultdict
from dataclasses import fields

from asgi_vs_wsgi.scenarios.simulation.request_scripts import (
    BEGIN,
    DONE,
    FIRST,
    LOOP,
    THREAD,
    YIELD,
    RequestClass,
    ScriptTable,
    Step,
    acquire,
    cpu,
    hold,
    release,
    wait,
)
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Outcome, Simulated, State
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    ClosedVisitors,
    Crowd,
    GivenArrivals,
    Load,
    Machine,
    Pick,
    PoissonArrivals,
    Station,
    SystemModel,
    WorkerKind,
    Workers,
    burst,
)

OFF = 1e-9
"""What sums of seconds may differ by."""
TIMES = (cpu, wait, hold)
MARKS = (BEGIN, FIRST, DONE, YIELD, THREAD, LOOP, THREAD, LOOP)


def random_script(chance: random.Random, stations: int) -> tuple[Step, ...]:
    """Any steps in any order, whether they make sense or not; stations in the same order or against it."""
    steps: list[Step] = []
    held: list[int] = []
    for _ in range(chance.randrange(9)):
        free = [station for station in range(stations) if station not in held]
        kind = chance.random()
        if kind < 0.6:
            seconds = chance.choice((0.0, 0.0001, 0.001, 0.01, 0.01, chance.uniform(0, 0.05)))
            steps.append(chance.choice(TIMES)(seconds, exponential=chance.random() < 0.3))
        elif kind < 0.75 and free:
            held.append(chance.choice(free))
            steps.append(acquire(held[-1]))
        elif kind < 0.85 and held:
            steps.append(release(held.pop(chance.randrange(len(held)))))
        else:
            steps.append(chance.choice(MARKS))
    return tuple(steps)  # what is still held, the end gives back


def random_system(number: int, most_requests: int = 120) -> tuple[SystemModel, Load]:
    """The same for the same number."""
    chance = random.Random(number)
    pick = chance.choice
    kind = pick(list(WorkerKind))
    workers = Workers(
        kind,
        workers=pick((1, 1, 2, 3, 8)),
        threads=pick((1, 1, 2, 5)),
        hashed=chance.random() < 0.2,
        pick=pick(list(Pick)),
        accept_batch=pick((0, 0, 1, 3)),
        accept_cpu_s=pick((0.0, 0.0002, 0.003)),
        most_connections=pick((1000, 1, 2, 7)),
        limit_concurrency=pick((0, 0, 1, 2, 4)),
        refusal_cpu_s=pick((0.0, 0.0003)),
        cancels=chance.random() < 0.5,
        crowd=_crowd(random.Random(f"{number} crowd")),
        collect_every=random.Random(f"{number} collections").choice((0, 0, 1, 7)),
        collections_s=(0.02, 0.005, 0.04),
    )
    stations = tuple(
        Station(pick((1, 2, 4)), per_worker=chance.random() < 0.4) for _ in range(pick((0, 0, 1, 1, 2, 3)))
    )
    machine = Machine(pick((0.3, 1.0, 1.5, 2.0, 16.0)), chance.random() < 0.7, pick((0.0005, 0.001, 0.005)))
    model = SystemModel(machine, workers, stations, backlog=pick((2048, 2048, 1, 5)))
    classes = [
        RequestClass(
            f"class {index}",
            [random_script(chance, len(stations)) for _ in range(pick((1, 1, 3)))],
            share=pick((1.0, 0.2, 0.0)) if index else 1.0,
        )
        for index in range(pick((1, 1, 2, 4)))
    ]
    table = ScriptTable.of(classes)
    requests = chance.randrange(1, most_requests)
    arrivals = pick((_given, _poisson, _closed, _burst))(chance, requests)
    return model, Load(
        table,
        arrivals,
        patience_s=pick((math.inf, math.inf, 0.001, 0.05, 2.0)),
        script_of=array("i", (chance.randrange(table.scripts) for _ in range(requests)))
        if chance.random() < 0.3
        else None,
        worker_of=array("i", (chance.randrange(workers.workers) for _ in range(requests)))
        if chance.random() < 0.2
        else None,
        stop_s=pick((math.inf, math.inf, math.inf, 0.05, 1.0)),
    )


def _crowd(chance: random.Random) -> Crowd:
    """Costs that rise, fall, or do not change with it; one without a width jumps."""
    least = chance.choice((0.0, 1.0, 1.5, 4.0))
    times = (1.0, chance.uniform(0.3, 3.0)) if chance.random() < 0.5 else (1.0, 1.0)
    return Crowd(least, least + chance.choice((0.0, 0.5, 1.0, 7.0)), *chance.sample(times, 2))


def _column(chance: random.Random, requests: int, below: int) -> array[int]:
    return array("i", (chance.randrange(below) for _ in range(requests)))


def _given(chance: random.Random, requests: int) -> GivenArrivals:
    """Some at the same moment, and at those of others' timers."""
    return GivenArrivals(array("d", sorted(round(chance.uniform(0, requests / 100), 2) for _ in range(requests))))


def _poisson(chance: random.Random, requests: int) -> PoissonArrivals:
    return PoissonArrivals(chance.choice((1.0, 30.0, 1000.0)), requests)


def _closed(chance: random.Random, requests: int) -> ClosedVisitors:
    return ClosedVisitors(chance.choice((1, 3, 50)), requests, chance.choice((0.0, 0.01)), chance.random() < 0.5)


def _burst(chance: random.Random, requests: int) -> GivenArrivals:
    return burst(requests)


# ---- what must hold


def difference(one: Simulated, other: Simulated) -> str:
    """The first column in which two differ by a single bit; empty where none does."""
    for first, second in ((one, other), (one.totals, other.totals), (one.intervals, other.intervals)):
        for name in (field.name for field in fields(first) if field.name not in {"engine", "totals", "intervals"}):
            if _bits(getattr(first, name)) != _bits(getattr(second, name)):
                return f"{name}: {getattr(first, name)} and {getattr(second, name)}"
    return ""


def _bits(value: object) -> object:
    if isinstance(value, tuple):
        return [_bits(each) for each in value]
    return value.tobytes() if isinstance(value, array) else value.hex() if isinstance(value, float) else value


def faults(model: SystemModel, load: Load, found: Simulated) -> list[str]:
    """What does not hold, in words; `found` with all detail."""
    counts, totals, wrong = found.counts(), found.totals, list[str]()
    arrived = found.requests - counts[Outcome.ABSENT]
    over = sum(counts[each] for each in Outcome if each not in {Outcome.ABSENT, Outcome.IN_SYSTEM})
    if arrived != over + counts[Outcome.IN_SYSTEM]:
        wrong.append(f"{arrived} arrived, and {counts}")
    waits_for_ever = len(model.stations) > 1  # two that each want what the other has
    if load.stop_s == math.inf and counts[Outcome.ABSENT] + counts[Outcome.IN_SYSTEM] and not waits_for_ever:
        wrong.append(f"never over: {counts}")
    latencies = [0.0]
    for row in range(found.requests):
        if found.outcome[row] in {Outcome.ABSENT, Outcome.IN_SYSTEM}:
            continue
        latency = found.done_s[row] - found.arrival_s[row]
        latencies.append(latency)
        spent = [column[row] for column in found.spent_s]
        if min(latency, *spent) < 0 or abs(sum(spent) - latency) > OFF:
            wrong.append(f"row {row}: {spent} of {latency}")
        told = (found.arrival_s, found.accepted_s, found.begin_s, found.first_answer_s, found.done_s, found.ended_s)
        moments = [column[row] for column in told if column[row] >= 0]
        if found.outcome[row] == Outcome.DONE and moments != sorted(moments):
            served = [column[row] for column in (*told[:2], *told[3:]) if column[row] >= 0]
            if served != sorted(served):  # a script may begin after its answer
                wrong.append(f"row {row}: {moments}")
        if load.patience_s < latency - OFF:
            wrong.append(f"row {row}: {latency} s is more than its patience")
    if (
        load.stop_s == math.inf
        and not counts[Outcome.IN_SYSTEM]
        and not math.isclose(math.fsum(latencies), totals.system_s, rel_tol=OFF, abs_tol=OFF)
    ):
        wrong.append(f"Little: {math.fsum(latencies)} and {totals.system_s}")
    return wrong + _overfull(model, found) + _overlaps(found)


def _overfull(model: SystemModel, found: Simulated) -> list[str]:
    totals, workers = found.totals, model.workers
    end = totals.end_s * (1 + OFF) + OFF
    full = [
        ("cores", totals.core_s, model.machine.cores),
        ("threads", max(totals.slot_s), workers.threads),
        ("GIL", max(totals.gil_s), 1),
        ("main thread", max(totals.main_s), 1),
    ]
    for index, station in enumerate(model.stations):
        places = station.places * (workers.workers if station.per_worker else 1)
        full.append((f"station {index}", totals.station_s[index], places))
    return [f"{seconds} s of {name} in {end} s" for name, seconds, most in full if not 0 <= seconds <= most * end]


def _overlaps(found: Simulated) -> list[str]:
    """A request is in one state at a time, and a worker with a GIL computes for one at a time."""
    last: dict[int, float] = defaultdict(float)
    spent = [defaultdict(float) for _ in State]
    wrong = []
    log = found.intervals
    columns = zip(log.row, log.state, log.begin_s, log.end_s, strict=True)
    for row, state, begin, end in columns:
        if begin < last[row] or end <= begin or begin < found.accepted_s[row]:
            wrong.append(f"row {row}: {State(state).name} from {begin} to {end}, after {last[row]}")
        last[row] = end
        if end <= found.done_s[row] or found.done_s[row] < 0:
            spent[state][row] += end - begin
    for state in list(State)[1:]:
        for row, seconds in spent[state].items():
            if found.done_s[row] >= 0 and abs(found.spent_s[state][row] - seconds) > OFF:
                wrong.append(f"row {row}: {seconds} s of {state.name} in intervals, {found.spent_s[state][row]} in all")
    return wrong
