"""A run whose server is frozen for T of its D seconds, and what a truthful driver must make of it.

Visitors come on schedule whatever the server does, so P(latency > x) = (T - x) / (D * (1 - rate / capacity)): those who
came during the stall, and those whom the backlog still kept waiting while it was worked off at the spare speed.
"""

from __future__ import annotations

import os
import signal
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic_ns

import anyio

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.server_group import running_servers

WORKERS = 8
WAIT_MS = 20
UTILISATION = 0.1
"""rate / capacity. The view waits, so capacity is workers / service time and not a matter of the machine's mood; and
utilisation is low, so that what is not known of it weighs little.
"""
PARTS = (0.25, 0.5, 0.75)
"""Of the stall: where the share of slower requests is compared."""


@dataclass(frozen=True)
class Stalled:
    """What came of it."""

    visits: Visits
    run_s: float
    stall_s: float
    """As long as it lasted in fact."""

    def predicted(self, x_s: float) -> float:
        """The share of requests that took longer than `x_s`."""
        return (self.stall_s - x_s) / (self.run_s * (1 - UTILISATION))

    def share_above(self, since: array[int], x_s: float) -> float:
        """The same as measured, `since` a column of times."""
        visits = self.visits
        assert all(outcome == DONE for outcome in visits.outcome)
        return sum((done - start) / 1e9 > x_s for done, start in zip(visits.done_ns, since, strict=True)) / len(visits)


async def stalled_runs(run_s: float, stall_s: float, pools: Sequence[int | None]) -> dict[int | None, Stalled]:
    """On live servers, for each bound of the visitors' pool on servers of their own: at once, as all but wait."""
    targets = (f"gunicorn-sync:{WORKERS}",) * len(pools)
    experiment = resolve(Options("slow-io", targets=targets, parameters=(f"io_ms={WAIT_MS}",)), load_catalog())
    with run_folder() as folder:
        collector = Collector(folder / "lab.sock")
        await collector.start()
        async with running_servers(experiment, folder, collector) as fleet:
            pids = [link.pid for place in range(len(pools)) for link in collector.alive(place)]
            rates = [UTILISATION * await _capacity_of(running) for running in fleet.targets]
            plans = [
                make_plan("constant", rate=rate, duration_s=run_s, max_connections=pool)
                for rate, pool in zip(rates, pools, strict=True)
            ]
            visits = [Visits(plan.requests, 1) for plan in plans]
            lasted_s: list[float] = []
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_freeze, pids, run_s / 4, stall_s, lasted_s)
                for running, plan, each in zip(fleet.targets, plans, visits, strict=True):
                    tasks.start_soon(drive, plan, running.port, (running.path,), each)
        await collector.close()
    return {pool: Stalled(each, run_s, lasted_s[0]) for pool, each in zip(pools, visits, strict=True)}


async def _capacity_of(running) -> float:
    """Requests per second with always someone waiting."""
    plan = make_plan("closed", requests=200, concurrency=2 * WORKERS)
    visits = Visits(plan.requests, 1 << 20)
    since_ns = monotonic_ns()
    await drive(plan, running.port, (running.path,), visits)
    return plan.requests / (monotonic_ns() - since_ns) * 1e9


async def _freeze(pids: list[int], after_s: float, stall_s: float, lasted_s: list[float]) -> None:
    await anyio.sleep(after_s)
    _signal_all(pids, signal.SIGSTOP)
    since_ns = monotonic_ns()
    await anyio.sleep(stall_s)
    _signal_all(pids, signal.SIGCONT)
    lasted_s.append((monotonic_ns() - since_ns) / 1e9)


def _signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)
