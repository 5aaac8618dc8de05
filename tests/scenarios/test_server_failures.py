"""Whatever happens to a server, the run ends, every visitor is accounted for, and the report says what happened."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

pytestmark = pytest.mark.live


class Striker:
    """A watcher that strikes once, as soon as `when` is true of the measured round's trace."""

    def __init__(self, strike, when) -> None:
        self._strike = strike
        self._when = when
        self.pids: list[int] = []
        self.traces: list[TargetTrace] = []

    def progress(self, progress: Progress) -> None:
        pass

    def ready(self, target: str, pid: int) -> None:
        self.pids.append(pid)

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        self.traces = traces

    async def watch(self) -> None:
        while not (self.traces and self._when(self.traces[0])):
            await anyio.sleep(0.01)
        self._strike(self.pids)


def one_was_served(trace: TargetTrace) -> bool:
    return bool(trace.visits.finished)


def all_workers_are_busy(trace: TargetTrace) -> bool:
    trace.decode()
    return all(any(not h.end_ns for h in worker.handlings.values()) for worker in trace.workers.values())


def all_have_begun(trace: TargetTrace) -> bool:
    trace.decode()
    return sum(len(worker.handlings) for worker in trace.workers.values()) == len(trace.visits)


def run_and_strike(
    strike, *, when=one_was_served, target: str, requests: int = 12, timeout_s: float = 5.0, io_ms: int = 300
):
    """The result of slow-io's run on one target that is struck in its midst, and its trace."""
    options = Options(
        "slow-io", targets=(target,), requests=requests, timeout_s=timeout_s, parameters=(f"io_ms={io_ms}",)
    )
    experiment = resolve(options, load_catalog())
    striker = Striker(strike, when)

    async def main():
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(striker.watch)
                return await run_experiment(experiment, striker)  # type: ignore[arg-type]

    outcome = anyio.run(main, backend_options={"use_uvloop": True})
    return outcome.result.targets[0], outcome.traces[0]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def kill_one(pids: list[int]) -> None:
    os.kill(pids[0], signal.SIGKILL)


def kill_master(pids: list[int]) -> None:
    os.kill(parent_of(pids[0]), signal.SIGKILL)


def stop_all(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)


def accounted(result) -> int:
    counts = result.requests
    return counts.completed + counts.failed + counts.cancelled + counts.dropped


def test_a_killed_sync_worker_costs_its_own_request_and_the_others_are_served():
    result, trace = run_and_strike(kill_one, when=all_workers_are_busy, target="gunicorn-sync:2")
    assert accounted(result) == result.requests.planned == 12
    assert result.requests.failed == 1
    assert result.workers_lost == 1
    assert result.telemetry.lost == 0
    assert len(trace.workers) == 3  # the master has started another


def test_a_killed_asgi_worker_costs_all_that_were_awaiting_on_it():
    result, trace = run_and_strike(kill_one, when=all_have_begun, target="uvicorn:2", requests=40, io_ms=1000)
    assert accounted(result) == result.requests.planned == 40
    assert result.workers_lost == 1
    (killed,) = [worker for worker in trace.workers.values() if worker.died_ns]
    assert result.requests.failed == len(killed.handlings)
    assert result.telemetry.lost == 0


@pytest.mark.parametrize("target", ["gunicorn-sync:2", "uvicorn:2"])
def test_a_killed_master_takes_its_workers_along_and_everyone_is_refused_or_reset(target):
    when = one_was_served if target.startswith("gunicorn") else all_have_begun
    result, _ = run_and_strike(kill_master, when=when, target=target, io_ms=1000)
    assert accounted(result) == result.requests.planned == 12
    assert result.requests.failed >= 8
    assert result.workers_lost == 2
    assert set(result.requests.errors) - {"timeout"} <= {"reset", "refused", "closed"}


def test_visitors_of_a_server_that_hangs_give_up_after_their_time_limit():
    result, _ = run_and_strike(stop_all, target="gunicorn-sync:2", timeout_s=2.0)
    assert accounted(result) == result.requests.planned == 12
    assert result.requests.errors["timeout"] == result.requests.failed >= 8
