"""Every server product that is installed: served by it, seen through the same probe, and gone when it is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.run.run_in_foreground import run_headless
from asgi_vs_wsgi.server_targets.servers import server_spec, server_specs

pytestmark = pytest.mark.live

ALL = [each.name for each in server_specs()]
VISITORS = 12
AT_ONCE = {"worker": 1, "none": VISITORS}
"""In one worker, by what limits the server; `thread`: as many as it has threads."""


def experiment(name: str, *, io_ms: int = 150, timeout_s: float = 20.0):
    word = f"{name}:{min(2, server_spec(name).max_workers)}"
    options = Options(
        "slow-io", targets=(word,), requests=VISITORS, parameters=(f"io_ms={io_ms}",), timeout_s=timeout_s
    )
    return resolve(options, load_catalog())


def is_gone(pid: int) -> bool:
    """Or a zombie that a process not ours has not reaped yet."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.mark.parametrize("name", ALL)
def test_it_serves_everybody_and_nothing_of_it_is_lost_or_made_up(name):
    pids: list[int] = []
    outcome = run_headless(experiment(name), on_progress=lambda _: None, on_ready=lambda _, pid: pids.append(pid))
    (result,) = outcome.result.targets
    assert result.requests.completed == VISITORS, result.requests.errors
    assert result.telemetry.lost == 0
    at_once = AT_ONCE.get(server_spec(name).slot, result.threads)
    assert 1 <= result.in_flight.max_per_worker <= at_once
    if server_spec(name).slot == "worker":
        assert result.in_flight.max == result.workers  # no less than it can, either
    waited = result.states_ms["blocked"] + result.states_ms["awaiting"] + result.states_ms["stalled"]
    assert waited >= 0.8 * 150
    assert sum(result.states_ms.values()) == pytest.approx(result.latency_ms.mean, rel=1e-6)
    assert sum(worker.requests for worker in result.workers_seen) == VISITORS
    assert pids
    assert all(is_gone(pid) for pid in pids)
    assert result.left_processes == []  # what a server starts itself is not taken for a view's


class Killer:
    """Kills as soon as a visitor is inside a worker."""

    def __init__(self, whom: str) -> None:
        self.whom = whom
        self.pids: list[int] = []
        self.traces = []

    def progress(self, progress) -> None:
        pass

    def ready(self, target: str, pid: int) -> None:
        self.pids.append(pid)

    def recording(self, traces, round_number: int) -> None:
        self.traces = traces

    async def watch(self) -> None:
        while not any(worker.handlings for trace in self.traces for worker in trace.workers.values()):
            for trace in self.traces:
                trace.decode()
            await anyio.sleep(0.005)
        inside = next(worker.pid for worker in self.traces[0].workers.values() if worker.handlings)
        os.kill(inside if self.whom == "worker" else self.master_of(inside), signal.SIGKILL)

    @staticmethod
    def master_of(pid: int) -> int:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        return pid if parent == os.getpid() else parent


@pytest.mark.parametrize("whom", ["master", "worker"])
@pytest.mark.parametrize("name", ALL)
def test_killed_in_mid_run_everybody_is_accounted_for_and_nothing_is_left(name, whom):
    killer = Killer(whom)

    async def main():
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(killer.watch)
                return await run_experiment(experiment(name, io_ms=600, timeout_s=6.0), killer)  # type: ignore[arg-type]

    outcome = anyio.run(main, backend_options={"use_uvloop": True})
    (result,) = outcome.result.targets
    counts = result.requests
    assert counts.completed + counts.failed == counts.planned == VISITORS
    assert counts.failed >= 1
    assert result.workers_lost >= 1
    assert all(is_gone(pid) for pid in killer.pids)
