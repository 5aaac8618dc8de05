"""What watching costs: requests per CPU-second of a server with the probe, against the same without it.

Two fleets of the same server stand side by side, one watched and one not, and short closed loads go to them in turn;
the CPU is that of the whole worker processes, by the kernel's clock, our sampler's included.
"""

from __future__ import annotations

import statistics
from functools import partial
from time import clock_gettime_ns

import anyio
import msgspec
from figures import Figure

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.round import Numbers, new_trace, record
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup, running_servers
from asgi_vs_wsgi.scenarios.run.visit_plan import visiting
from asgi_vs_wsgi.scenarios.run.warmup import warm_up

STARTS = 8
"""Servers are started anew so often: where their memory comes to lie is worth a percent or two."""
PAIRS = 20
"""After each start."""
REQUESTS = 200
VISITORS = 4
WHAT = "requests per CPU-second, watched / not"
REACH = {"gunicorn-sync": 0.95, "uvicorn": 0.92}


def measure(server: str, starts: int = STARTS, pairs: int = PAIRS) -> Figure:
    """The median of the pairs' ratios over all starts."""
    ratios: list[float] = []
    for _ in range(starts):
        ratios += anyio.run(partial(_ratios, server, pairs), backend_options={"use_uvloop": True})
    return Figure(f"probe on {server}", statistics.median(ratios), REACH[server], WHAT)


def _experiment(server: str, *, probe: bool) -> Experiment:
    options = Options("cpu-bound", targets=(f"{server}:1",), parameters=("cpu_ms=0",), probe=probe)
    return resolve(options, load_catalog())


async def _ratios(server: str, pairs: int) -> list[float]:
    with run_folder() as one, run_folder() as other:
        watched, bare = Collector(one / "lab.sock"), Collector(other / "lab.sock")
        await watched.start()
        await bare.start()
        async with (
            running_servers(_experiment(server, probe=True), one, watched) as with_probe,
            running_servers(_experiment(server, probe=False), other, bare) as without,
        ):
            numbers = Numbers()
            for fleet in (with_probe, without):
                await warm_up(fleet, fleet.targets[0], numbers, 60.0)
                await _per_cpu_second(fleet, numbers)
            ratios = []
            for pair in range(pairs):
                order = (with_probe, without) if pair % 2 else (without, with_probe)
                speed = {id(fleet): await _per_cpu_second(fleet, numbers) for fleet in order}
                ratios.append(speed[id(with_probe)] / speed[id(without)])
        await watched.close()
        await bare.close()
    return ratios


async def _per_cpu_second(fleet: ServerGroup, numbers: Numbers) -> float:
    running = fleet.targets[0]
    load = Load("closed", requests=REQUESTS, concurrency=VISITORS)
    visits = visiting(fleet.experiment.scenario, running.target, load)
    trace = new_trace(running, visits, numbers.next_first_id(running.index, visits.plan.requests), fleet.collector)
    pids = [link.pid for link in fleet.collector.alive(0)]
    before = sum(map(_cpu_ns, pids))
    await record(fleet, running, visits, trace)
    completed = trace.visits.counts()["done"]
    assert completed == REQUESTS, trace.visits.errors()
    return completed / (sum(map(_cpu_ns, pids)) - before) * 1e9


def _cpu_ns(pid: int) -> int:
    return clock_gettime_ns((~pid << 3) | 2)


if __name__ == "__main__":
    for server in REACH:
        print(msgspec.json.encode(measure(server)).decode())
