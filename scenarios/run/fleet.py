"""All servers of a run: started together, ready when every worker has said hello, gone when the run is over."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from scenarios.collector.collector import Collector
from scenarios.collector.cpu import process_cpu_ns
from scenarios.collector.link import WorkerLink
from scenarios.database import Database, run_database
from scenarios.definition import Target
from scenarios.errors import RunFailed, alone
from scenarios.experiment import Experiment
from scenarios.trace.facts import TargetFacts
from server_targets.listener import BACKLOG, keep_port, listen, listeners_at
from server_targets.process import ServerProcess
from server_targets.servers import ServerProduct, Socket, product

START_LIMIT_S = 30.0
END_LIMIT_S = 2.0
_POLL_S = 0.005


@dataclass(slots=True)
class RunningTarget:
    """One started server: what was asked for and what serves it."""

    index: int
    target: Target
    product: ServerProduct
    listener: socket.socket
    process: ServerProcess
    port: int
    path: str
    """Of the view that it serves."""
    database: str | None = None
    """Whose connections are counted."""

    def facts(self) -> TargetFacts:
        """What the screen and the result say about it before any figure."""
        t, p = self.target, self.product
        label = t.label or p.label(t.workers, t.threads)
        return TargetFacts(
            t.name,
            t.server,
            label,
            p.interface,
            p.version or "",
            t.workers,
            t.threads,
            t.view,
            t.law,
            p.loop,
            p.http,
            p.slot,
            self.database,
            p.shows_accept,
        )


class Fleet:
    """The servers of one run and the slow service behind them."""

    def __init__(self, experiment: Experiment, folder: Path, collector: Collector, database: Database) -> None:
        self.experiment = experiment
        self.database = database
        self.targets: list[RunningTarget] = []
        self.collector = collector
        self._folder = folder
        self._upstream: tuple[ServerProcess, int] | None = None

    async def start(self, tasks: TaskGroup, ports: Mapping[int, int] | None = None) -> None:
        """Start everything and return when all serve; RunFailed with a server's last words if one does not."""
        await self._start_upstream(tasks)
        for index, target in enumerate(self.experiment.targets):
            running = await self._start_target(index, target, tasks, (ports or {}).get(index, 0))
            self.targets.append(running)
            tasks.start_soon(self._refuse_when_dead, running)
        with anyio.move_on_after(START_LIMIT_S) as limit:
            for running in self.targets:
                await self._until_ready(running)
        if limit.cancelled_caught:
            raise self._did_not_start(running, f"was not ready within {START_LIMIT_S:.0f} s")

    async def _start_upstream(self, tasks: TaskGroup) -> None:
        with listen() as listener:
            process = await ServerProcess.start(
                "server_targets.upstream",
                [str(listener.fileno())],
                folder=self._folder,
                environment={},
                descriptor=listener.fileno(),
            )
            self._upstream = (process, listener.getsockname()[1])
        tasks.start_soon(process.drain)

    async def _start_target(self, index: int, target: Target, tasks: TaskGroup, port: int) -> RunningTarget:
        chosen = product(target.server)
        listener = keep_port(port) if chosen.opens_port else listen(port)
        where = Socket(listener.fileno(), listener.getsockname()[1])
        process = await ServerProcess.start(
            "server_targets.launch",
            [chosen.entry, *chosen.command_line(where, target.workers, target.threads, target.options)],
            folder=self._folder,
            environment=self._environment(index, target, chosen),
            descriptor=listener.fileno(),
        )
        tasks.start_soon(process.drain)
        path = f"/{self.experiment.scenario.name}/{target.view}"
        counted = self.database.vendor if self.experiment.scenario.toml.database else None
        return RunningTarget(index, target, chosen, listener, process, where.port, path, counted)

    def _environment(self, index: int, target: Target, chosen: ServerProduct) -> dict[str, str]:
        assert self._upstream is not None
        words = {
            "LAB": str(self.collector.socket_path),
            "TARGET": str(index),
            "APPLICATION": f"server_targets.site.{'bare' if target.bare else chosen.interface}:application",
            "VIEW": target.view,
            "SETTINGS": json.dumps(target.django),
            "DATABASE": json.dumps({**self.database.settings, **target.database}),
            "PROBE": "1" if self.experiment.probe else "0",
            "FOLDER": str(self.experiment.scenario.folder.resolve()),
            "SCENARIO": self.experiment.scenario.name,
            "PARAMETERS": json.dumps(self.experiment.parameters),
            "UPSTREAM": str(self._upstream[1]),
            "SECRET_KEY": secrets.token_urlsafe(32),
        }
        return {f"ASGI_VS_WSGI_{name}": value for name, value in words.items()}

    async def _until_ready(self, running: RunningTarget) -> None:
        while not self._all_serve(running):
            if not running.process.running:
                status = await running.process.wait()
                raise self._did_not_start(running, f"ended with status {status} while starting")
            if running.index in self.collector.failed_starts:
                await running.process.heard_traceback()
                raise self._did_not_start(running, "could not load the application")
            if any(link.died_ns for link in self.collector.of_target(running.index)):
                raise self._did_not_start(running, "lost a worker while starting")
            await anyio.sleep(_POLL_S)
        if not running.product.opens_port:
            # Some servers have listened again, with a shorter queue of their own.
            running.listener.listen(int(running.target.options.get("backlog", BACKLOG)))

    def _all_serve(self, running: RunningTarget) -> bool:
        """Whether every worker has said hello, and listens where that is its own business."""
        workers = running.target.workers
        if len(self.collector.alive(running.index)) < workers:
            return False
        return not running.product.opens_port or listeners_at(running.port) >= workers

    def check_alive(self, running: RunningTarget) -> None:
        """RunFailed where a worker has been lost before anything is measured."""
        if any(link.died_ns for link in self.collector.of_target(running.index)):
            raise RunFailed(
                f"{running.target.name} lost a worker while it was warmed up",
                detail=running.process.last_words(),
                hint="the lines above are the server's own; does the view end its process?",
            )

    async def _refuse_when_dead(self, running: RunningTarget) -> None:
        """Our copy of the listener would keep accepting for a dead server, and its visitors would hang."""
        await running.process.wait()
        while self.collector.alive(running.index):
            await anyio.sleep(_POLL_S)
        running.listener.close()

    def _did_not_start(self, running: RunningTarget, why: str) -> RunFailed:
        return RunFailed(
            f"{running.target.name} did not start: it {why}",
            detail=running.process.last_words(),
            hint="the lines above are the server's own; mend what they name and run again",
        )

    async def stop(self) -> None:
        """End every process of the run, and wait until all are gone."""
        for running in self.targets:
            running.process.kill()
            running.listener.close()
        if self._upstream:
            self._upstream[0].kill()
        with anyio.CancelScope(shield=True), anyio.move_on_after(END_LIMIT_S):
            while self._alive():
                await anyio.sleep(_POLL_S)
            for process in self._processes():
                await process.wait_gone()
        with anyio.CancelScope(shield=True):
            for process in self._processes():
                await process.aclose()

    def cpu_ns(self) -> int:
        """The processor time that all processes of the run have used: servers, the slow service, the lab itself."""
        masters = [process.pid for process in self._processes() if process.running]
        workers = [link.pid for link in self._alive()]
        return time.process_time_ns() + sum(map(process_cpu_ns, {*masters, *workers}))

    def _processes(self) -> list[ServerProcess]:
        upstream = [self._upstream[0]] if self._upstream else []
        return [running.process for running in self.targets] + upstream

    def _alive(self) -> list[WorkerLink]:
        return [link for link in self.collector.links if not link.died_ns]


@asynccontextmanager
async def running_fleet(
    experiment: Experiment, folder: Path, collector: Collector, ports: Mapping[int, int] | None = None
) -> AsyncIterator[Fleet]:
    """A started fleet; whatever happens inside, all its processes are gone afterwards."""
    with alone():
        async with run_database(experiment.database, folder) as database, anyio.create_task_group() as tasks:
            fleet = Fleet(experiment, folder, collector, database)
            try:
                await fleet.start(tasks, ports)
                yield fleet
            finally:
                await fleet.stop()
                tasks.cancel_scope.cancel()
