"""Simulated requests per second of CPU, in C and in Python, beside simpy; and an hour of 200 workers: time and memory.

    python tests/bench/simulation_speed.py [hour]

M/M/8 at 80 %; event loops with a GIL on cores that they share, at 70 %, whose visits compute 1.3 ms in four steps and
wait for 200 ms on average. simpy has a process for each visitor, as its documentation has it, and for loops no GIL.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import Any

from figures import Figure

from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.request_scripts import BEGIN, DONE, RequestClass, ScriptTable, Step, cpu, wait
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    Load,
    Machine,
    PoissonArrivals,
    SystemModel,
    WorkerKind,
    Workers,
)

MILLION = 1_000_000
SERVERS, BUSY, LOOPS_BUSY = 8, 0.8, 0.7
STEPS_CPU_S = (0.0003, 0.0005, 0.0004, 0.0001)
WAIT_S = 0.2
HOUR = 7_200_000
"""Requests: 2,000 a second."""

QUEUE = (BEGIN, wait(1, exponential=True))
VISIT = (
    cpu(STEPS_CPU_S[0]),
    wait(0),
    BEGIN,
    cpu(STEPS_CPU_S[1]),
    wait(WAIT_S, exponential=True),
    cpu(STEPS_CPU_S[2]),
    DONE,
    cpu(STEPS_CPU_S[3]),
)


def table(script: tuple[Step, ...]) -> ScriptTable:
    """Of one class."""
    return ScriptTable.of([RequestClass("visit", [script])])


def speed(workers: Workers, cores: float, script: tuple[Step, ...], rate: float, requests: int, engine: str) -> float:
    """Million requests per second of CPU, drawing included."""
    model = SystemModel(Machine(cores, gil=workers.kind != WorkerKind.POOL), workers)
    load = Load(table(script), PoissonArrivals(rate, requests))
    before = process_time()
    simulate(model, load, engine=engine)
    return requests / (process_time() - before) / MILLION


def queue(engine: str, requests: int) -> float:
    """M/M/8."""
    return speed(Workers(WorkerKind.POOL, SERVERS), 1e9, QUEUE, BUSY * SERVERS, requests, engine)


def loops(number: int, cores: int, engine: str, requests: int) -> float:
    """So many loops on so many cores."""
    rate = LOOPS_BUSY * min(number, cores) / sum(STEPS_CPU_S)
    return speed(Workers(WorkerKind.LOOP, number), cores, VISIT, rate, requests, engine)


def timed(fill: Callable[[Any, random.Random], None], requests: int) -> float:
    """Million requests per second of CPU that simpy carries."""
    import simpy

    environment = simpy.Environment()
    fill(environment, random.Random(1))
    before = process_time()
    environment.run()
    return requests / (process_time() - before) / MILLION


def simpy_queue(requests: int) -> float:
    """M/M/8 in simpy."""

    def fill(environment: Any, chance: random.Random) -> None:
        import simpy

        servers = simpy.Resource(environment, SERVERS)

        def visit() -> Iterator[Any]:
            with servers.request() as place:
                yield place
                yield environment.timeout(chance.expovariate(1))

        environment.process(_arrivals(environment, chance, BUSY * SERVERS, requests, visit))

    return timed(fill, requests)


def simpy_loops(requests: int) -> float:
    """Two loops on two cores in simpy."""

    def fill(environment: Any, chance: random.Random) -> None:
        import simpy

        of_loop, cores = [simpy.Resource(environment, 1) for _ in range(2)], simpy.Resource(environment, 2)
        turns = iter(range(requests))

        def visit() -> Iterator[Any]:
            loop = of_loop[next(turns) % 2]
            for at, seconds in enumerate(STEPS_CPU_S):
                with loop.request() as turn:
                    yield turn
                    with cores.request() as core:
                        yield core
                        yield environment.timeout(seconds)
                if at == 1:
                    yield environment.timeout(chance.expovariate(1 / WAIT_S))

        rate = LOOPS_BUSY * 2 / sum(STEPS_CPU_S)
        environment.process(_arrivals(environment, chance, rate, requests, visit))

    return timed(fill, requests)


def _arrivals(environment: Any, chance: random.Random, rate: float, requests: int, visit: Any) -> Iterator[Any]:
    for _ in range(requests):
        yield environment.timeout(chance.expovariate(rate))
        environment.process(visit())


def hour() -> dict[str, float]:
    """200 sync workers on 16 cores for an hour, in this process."""
    script = (cpu(0.0002), BEGIN, wait(0.08, exponential=True), cpu(0.0002), DONE, cpu(0.0001))
    model = SystemModel(Machine(16), Workers(WorkerKind.POOL, 200))
    load = Load(table(script), PoissonArrivals(HOUR / 3600, HOUR), patience_s=60)
    before, started = process_time(), perf_counter()
    simulate(model, load)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": process_time() - before, "wall_s": perf_counter() - started, "memory_mb": memory_mb}


def measure() -> list[Figure]:
    """C where it was compiled, and Python."""
    queue_simpy, loops_simpy = simpy_queue(50_000), simpy_loops(20_000)
    beside_queue = f"million requests a CPU-second; simpy {queue_simpy:.3f}"
    beside_loops = f"million requests a CPU-second; simpy {loops_simpy:.3f}, without a GIL"
    found = [
        Figure("simulator in Python, M/M/8", queue("python", 100_000), 0.1, beside_queue),
        Figure("simulator in Python, 2 loops on 2 cores, GIL", loops(2, 2, "python", 50_000), 0.1, beside_loops),
    ]
    if engines.native is None:
        return found
    found.append(Figure("simulator in C, M/M/8", queue("native", 2 * MILLION), 3.0, beside_queue))
    for number, cores in ((2, 2), (16, 16), (200, 64)):
        name = f"{number} loops on {cores} cores, GIL"
        found.append(Figure(f"simulator in C, {name}", loops(number, cores, "native", MILLION), 1.0, beside_loops))
    child = subprocess.run([sys.executable, __file__, "hour"], check=True, capture_output=True, text=True)
    spent = json.loads(child.stdout)
    words = f"CPU-seconds (with the rest of the machine {spent['wall_s']:.1f} s)"
    found.append(Figure("200 workers, 7.2 million requests", spent["cpu_s"], 5.0, words, at_most=True))
    found.append(Figure("the same, memory", spent["memory_mb"], 600.0, "MB of the whole process", at_most=True))
    return found


if __name__ == "__main__":
    if "hour" in sys.argv:
        print(json.dumps(hour()))
    else:
        for figure in measure():
            print(f"{figure.name:40} {figure.measured:9.3f}  {figure.what}")
