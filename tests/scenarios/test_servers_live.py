"""Every server product that is installed: served by it, seen through the same probe, and gone when it is killed."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace
from process_family import runs

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.server_targets.servers import server_spec, server_specs
from asgi_vs_wsgi.server_targets.worker_config import VARIABLE

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


def cold(planned: Experiment) -> Experiment:
    """The same, asked by nobody before it is measured."""
    scenario = planned.scenario
    return replace(planned, scenario=replace(scenario, toml=replace(scenario.toml, warm=False)))


class Seen:
    """Of a worker that has just said hello: what can be seen of it from outside."""

    def __init__(self, pid: int) -> None:
        lines = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        self.environment = dict(line.split("=", 1) for line in lines if "=" in line)
        self.path = Path(self.environment[VARIABLE])
        self.config = json.loads(self.path.read_text())
        self.modes = [each.stat().st_mode & 0o777 for each in (self.path, self.path.parent)]
        self.pid, self.group = pid, os.getpgid(pid)


@dataclass
class Served:
    """A run of one server, and its workers as they were when it began."""

    name: str
    outcome: Outcome
    workers: list[Seen]


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"served-by-{name}")) for name in ALL]
)
def served(request) -> Served:
    seen: list[Seen] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASGI_VS_WSGI_DATABASE_URL", "postgresql://me:secret@127.0.0.1/mine")
        outcome = run_headless(
            experiment(request.param), on_progress=lambda _: None, on_ready=lambda _, pid: seen.append(Seen(pid))
        )
    return Served(request.param, outcome, seen)


def test_it_serves_everybody_and_nothing_of_it_is_lost_or_made_up(served):
    name = served.name
    (result,) = served.outcome.result.targets
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
    assert len(served.workers) == result.workers
    assert not any(runs(worker.pid) for worker in served.workers)
    assert result.left_processes == []  # what a server starts itself is not taken for a view's


def test_a_workers_environment_names_a_private_file_and_holds_no_secret(served):
    for each in served.workers:
        assert [name for name in each.environment if name.startswith("ASGI_VS_WSGI_")] == [VARIABLE]
        secret = each.config["site"]["secret_key"]
        assert len(secret) > 32
        assert not any(secret in value for value in each.environment.values())
        assert each.modes == [0o600, 0o700]
        assert not each.path.exists()
    # The first process leads the group, and a worker's parent is the first process: see `probe.entry.load`.
    (group,) = {each.group for each in served.workers}
    assert len(served.workers) == 1 or group not in {each.pid for each in served.workers}


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
    planned = cold(experiment(name, io_ms=600, timeout_s=6.0))

    async def main():
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(killer.watch)
                return await run_experiment(planned, killer)  # type: ignore[arg-type]

    outcome = anyio.run(main, backend_options={"use_uvloop": True})
    (result,) = outcome.result.targets
    counts = result.requests
    assert counts.completed + counts.failed == counts.planned == VISITORS
    assert counts.failed >= 1
    assert result.workers_lost >= 1
    assert not any(runs(pid) for pid in killer.pids)
