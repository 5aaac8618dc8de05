"""What watching costs: requests per CPU-second of a server with the probe, against the same without it.

Two fleets of the same server stand side by side, one watched and one not, and short closed loads go to them in turn;
the CPU is that of the whole worker processes, by the kernel's clock, our sampler's included.

    python tests/bench/probe_cost.py                                    a trivial page of ours, on each of REACH
    python tests/bench/probe_cost.py PROJECT [PATH=WEIGHT...]           pages of a project, on each of REACH
    python tests/bench/probe_cost.py --no-lines PROJECT [PATH=WEIGHT…]  the same without looking at source lines
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from time import clock_gettime_ns
from typing import TypeVar

import anyio
import msgspec
from figures import Figure

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_runner import look_at
from asgi_vs_wsgi.scenarios.project.page_choice import Asked, page_asked
from asgi_vs_wsgi.scenarios.project.planned_run import plan_run
from asgi_vs_wsgi.scenarios.project.trial_runner import try_pages
from asgi_vs_wsgi.scenarios.run.round import Numbers, new_trace, record
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup, running_servers
from asgi_vs_wsgi.scenarios.run.visit_plan import visiting
from asgi_vs_wsgi.scenarios.run.warmup import warm_up

Result = TypeVar("Result")

STARTS = 8
"""Servers are started anew so often: where their memory comes to lie is worth a percent or two."""
PAIRS = 20
"""After each start."""
REQUESTS = 200
VISITORS = 4
WHAT = "requests per CPU-second, watched / not"
PROJECT_STARTS, PROJECT_PAIRS, PROJECT_REQUESTS = 4, 15, 60
REACH = {"gunicorn-sync": 0.95, "uvicorn": 0.92}


def measure(server: str, starts: int = STARTS, pairs: int = PAIRS) -> Figure:
    """The median of the pairs' ratios over all starts."""
    ratios: list[float] = []
    for _ in range(starts):
        ratios += _run(partial(_ratios, partial(_experiment, server), pairs, REQUESTS))
    return Figure(f"probe on {server}", statistics.median(ratios), REACH[server], WHAT)


def _experiment(server: str, *, probe: bool) -> Experiment:
    options = Options("cpu-bound", targets=(f"{server}:1",), parameters=("cpu_ms=0",), probe=probe)
    return resolve(options, load_catalog())


def measure_project(folder: str, pages: Mapping[str, float], *, lines: bool = True) -> Iterator[Figure]:
    """The same of a project's pages, and how far the middle half of the ratios reaches."""
    location, asked = find_project(folder), Asked(pages=dict(pages))
    look = _run(partial(look_at, location, _quiet))
    trial = _run(partial(try_pages, location, look, asked, _quiet))
    for server in REACH:
        made = {
            probe: _run(partial(plan_run, location, trial, asked, options, _quiet, {}))
            for probe in (True, False)
            for options in [Options("", targets=(f"{server}:1",), probe=probe, lines=lines)]
        }
        ratios: list[float] = []
        for _ in range(PROJECT_STARTS):
            ratios += _run(partial(_ratios, partial(_of, made), PROJECT_PAIRS, PROJECT_REQUESTS))
        low, middle, high = statistics.quantiles(ratios, n=4)
        yield Figure(f"probe on {server}, {location.folder.name} ({low:.3f} to {high:.3f})", middle, 0.95, WHAT)


def _of(made: Mapping[bool, Experiment], *, probe: bool) -> Experiment:
    return made[probe]


def _run(call: Callable[[], Awaitable[Result]]) -> Result:
    return anyio.run(call, backend_options={"use_uvloop": True})


def _quiet(progress: object) -> None:
    """Nobody is told of it."""


async def _ratios(experiment: Callable[..., Experiment], pairs: int, requests: int) -> list[float]:
    with run_folder() as one, run_folder() as other:
        watched, bare = Collector(one / "lab.sock"), Collector(other / "lab.sock")
        await watched.start()
        await bare.start()
        async with (
            running_servers(experiment(probe=True), one, watched) as with_probe,
            running_servers(experiment(probe=False), other, bare) as without,
        ):
            numbers = Numbers()
            for fleet in (with_probe, without):
                await warm_up(fleet, fleet.targets[0], numbers, 60.0)
                await _per_cpu_second(fleet, numbers, requests)
            ratios = []
            for pair in range(pairs):
                order = (with_probe, without) if pair % 2 else (without, with_probe)
                speed = {id(fleet): await _per_cpu_second(fleet, numbers, requests) for fleet in order}
                ratios.append(speed[id(with_probe)] / speed[id(without)])
        await watched.close()
        await bare.close()
    return ratios


async def _per_cpu_second(fleet: ServerGroup, numbers: Numbers, requests: int) -> float:
    running = fleet.targets[0]
    load = Load("closed", requests=requests, concurrency=VISITORS)
    visits = visiting(fleet.experiment.scenario, running.target, load)
    trace = new_trace(running, visits, numbers.next_first_id(running.index, visits.plan.requests), fleet.collector)
    pids = [link.pid for link in fleet.collector.alive(0)]
    before = sum(map(_cpu_ns, pids))
    await record(fleet, running, visits, trace)
    completed = trace.visits.counts()["done"]
    assert completed == requests, trace.visits.errors()
    return completed / (sum(map(_cpu_ns, pids)) - before) * 1e9


def _cpu_ns(pid: int) -> int:
    return clock_gettime_ns((~pid << 3) | 2)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--no-lines"]
    if words:
        figures = measure_project(words[0], dict(map(page_asked, words[1:])), lines="--no-lines" not in sys.argv)
    else:
        figures = (measure(server) for server in REACH)
    for figure in figures:
        print(msgspec.json.encode(figure).decode(), flush=True)
