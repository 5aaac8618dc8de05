"""The stall oracle: a server that is frozen for T seconds of an open run of D seconds must be seen to be.

Visitors come on schedule whatever the server does, so P(latency > x) = (T - x) / (D * (1 - rate / capacity)): those who
came during the stall, and those whom the backlog still kept waiting while it was worked off at the spare speed.
"""

from __future__ import annotations

import os
import signal
from functools import partial
from time import monotonic_ns

import anyio
import pytest

from scenarios.catalog import load_catalog
from scenarios.collector.collector import Collector
from scenarios.experiment import Options
from scenarios.load.driver import drive
from scenarios.load.plan import make_plan
from scenarios.load.visits import DONE, Visits
from scenarios.resolve import resolve
from scenarios.run.fleet import running_fleet
from scenarios.run.folder import run_folder

pytestmark = [pytest.mark.live, pytest.mark.alone]

STALL_S = 3.0
RUN_S = 10.0
WORKERS = 8
WAIT_MS = 20
UTILISATION = 0.1
"""rate / capacity. The view waits, so capacity is workers / service time and not a matter of the machine's mood; and
utilisation is low, so that what is not known of it weighs little.
"""


async def stalled_run(max_connections: int | None):
    """Visits of an open run whose server was frozen in its midst, and for how long it was."""
    options = Options("slow-io", targets=(f"gunicorn-sync:{WORKERS}",), parameters=(f"io_ms={WAIT_MS}",))
    experiment = resolve(options, load_catalog())
    with run_folder() as folder:
        collector = Collector(folder / "lab.sock")
        await collector.start()
        async with running_fleet(experiment, folder, collector) as fleet:
            running, pids = fleet.targets[0], [link.pid for link in collector.alive(0)]
            capacity = await capacity_of(running)
            plan = make_plan("constant", rate=UTILISATION * capacity, duration_s=RUN_S, max_connections=max_connections)
            visits = Visits(plan.requests, 1)
            stall_s: list[float] = []
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(freeze, pids, stall_s)
                await drive(plan, running.port, (running.path,), visits)
        await collector.close()
    return visits, stall_s[0]


async def capacity_of(running) -> float:
    """Requests per second with always someone waiting."""
    plan = make_plan("closed", requests=200, concurrency=2 * WORKERS)
    visits = Visits(plan.requests, 1 << 20)
    since_ns = monotonic_ns()
    await drive(plan, running.port, (running.path,), visits)
    return plan.requests / (monotonic_ns() - since_ns) * 1e9


async def freeze(pids: list[int], stall_s: list[float]) -> None:
    await anyio.sleep(RUN_S / 4)
    signal_all(pids, signal.SIGSTOP)
    since_ns = monotonic_ns()
    await anyio.sleep(STALL_S)
    signal_all(pids, signal.SIGCONT)
    stall_s.append((monotonic_ns() - since_ns) / 1e9)


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)


def share_above(visits: Visits, since, x_s: float) -> float:
    assert all(outcome == DONE for outcome in visits.outcome)
    return sum((done - start) / 1e9 > x_s for done, start in zip(visits.done_ns, since, strict=True)) / len(visits)


def predicted(stall_s: float, x_s: float) -> float:
    return (stall_s - x_s) / (RUN_S * (1 - UTILISATION))


@pytest.mark.parametrize("max_connections", [None, 10])
def test_the_share_of_slow_requests_is_what_a_stall_of_that_length_makes_it(max_connections):
    run = partial(stalled_run, max_connections)
    visits, stall_s = anyio.run(run, backend_options={"use_uvloop": True})
    for part in (0.25, 0.5, 0.75):
        x_s = part * stall_s
        expected = predicted(stall_s, x_s)
        assert share_above(visits, visits.intended_ns, x_s) == pytest.approx(expected, rel=0.10)
        if max_connections:  # from the actual send, only those who had a connection waited, and all of them for as long
            assert share_above(visits, visits.sent_ns, x_s) <= (max_connections + WORKERS) / len(visits)
    if max_connections:
        assert share_above(visits, visits.sent_ns, stall_s / 4) < predicted(stall_s, stall_s / 4) / 2
