"""All servers of a run: started together, ready when every worker has said hello, gone when the run is over."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import anyio

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed, unwrap_lab_error
from asgi_vs_wsgi.scenarios.model.scenario import expected_statuses
from asgi_vs_wsgi.scenarios.results import LeftProcess
from asgi_vs_wsgi.scenarios.run.machine_load import own_cpu_ns, tree_cpu_ns
from asgi_vs_wsgi.scenarios.run.process_limit import is_no_process, way_out
from asgi_vs_wsgi.scenarios.run.run_directory import ring_capacity
from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget, did_not_start, until_ready
from asgi_vs_wsgi.scenarios.run.server_setup import config_of, databases_of, ground_of, start_limit_s, with_visitors
from asgi_vs_wsgi.scenarios.run.visit_plan import pages_for, path_of, requests_by_class
from asgi_vs_wsgi.scenarios.scenario_files.source_files import lay_out
from asgi_vs_wsgi.scenarios.trace.worker_trace import RECYCLED, RELOADED, STOPPED
from asgi_vs_wsgi.server_targets.probe.protocol.ring import LEAST_CAPACITY
from asgi_vs_wsgi.server_targets.processes.log_lines import killed_in_line
from asgi_vs_wsgi.server_targets.processes.reaper import started_by_views
from asgi_vs_wsgi.server_targets.processes.server_process import ServerProcess
from asgi_vs_wsgi.server_targets.processes.sockets import keep_port, listen
from asgi_vs_wsgi.server_targets.processes.termination import Orphans, orphans_adopted
from asgi_vs_wsgi.server_targets.servers import ServerSpec, Socket, server_spec
from asgi_vs_wsgi.server_targets.worker_config import VARIABLE

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from anyio.abc import TaskGroup

    from asgi_vs_wsgi.scenarios.collector.collector import Collector, WorkerLink
    from asgi_vs_wsgi.scenarios.database import Database
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Target

END_LIMIT_S = 1.0
"""How long a server and all that it started may take to end, before its reaper is made to."""
REST_LIMIT_S, KILLED_LIMIT_S = 20.0, 0.5
"""How long a reload may go on after the last visitor, before the server is measured again all the same; and then."""
NEARLY = 0.9
"""granian looks at its workers' ages once in a while, and takes 95 % of a lifetime for all of it."""
_POLL_S = 0.005
SOURCE = "scenario"
"""In the run's folder: the files that the servers import, as they were read."""


class ServerGroup:
    """The servers of one run and the slow service behind them."""

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        collector: Collector,
        database: Database,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        self.experiment = experiment
        self._changes = changes or {}  # of a project's settings
        self._start_limit_s = start_limit_s(experiment)
        self.database = database
        self.targets: list[RunningTarget] = []
        self.collector = collector
        self._folder = folder
        self._upstream: tuple[ServerProcess, int] | None = None
        self._orphans: Orphans | None = None
        self._tasks: TaskGroup | None = None
        collector.on_leaving = self._hear_leaving
        collector.on_end = self._hear_end
        self._ring = ring_capacity(folder, rings_of(experiment)) or LEAST_CAPACITY
        self._source = folder / SOURCE

    def started_pids(self) -> set[int]:
        """Of all processes that this one has started."""
        return {process.pid for process in self._processes()}

    def end_orphans_with(self, orphans: Orphans) -> None:
        """When a reaper is killed, what it had below it is ended by these."""
        self._orphans = orphans

    async def start(self, tasks: TaskGroup, ports: Mapping[int, int] | None = None) -> None:
        """Start everything and return when all serve; RunFailed with a server's last words if one does not."""
        self._tasks = tasks
        if not self.experiment.project:
            lay_out(self.experiment.scenario, self._source)
            with _told_of("the slow service behind the views"):
                await self._start_upstream(tasks)
        for index, target in enumerate(self.experiment.targets):
            with _told_of(target.name):
                running = await self._start_target(index, target, tasks, (ports or {}).get(index, 0))
            self.targets.append(running)
        with anyio.move_on_after(self._start_limit_s) as limit:
            for running in self.targets:
                await until_ready(running, self.collector)
        if limit.cancelled_caught:
            raise did_not_start(running, f"was not ready within {self._start_limit_s:.0f} s")

    async def _start_upstream(self, tasks: TaskGroup) -> None:
        with listen() as listener:
            process = await ServerProcess.start(
                "asgi_vs_wsgi.server_targets.processes.slow_upstream",
                [str(listener.fileno())],
                folder=self._folder,
                environment={},
                descriptor=listener.fileno(),
            )
            self._upstream = (process, listener.getsockname()[1])
        tasks.start_soon(process.drain)

    async def _start_target(self, index: int, target: Target, tasks: TaskGroup, port: int) -> RunningTarget:
        chosen, ground = server_spec(target.server), ground_of(self.experiment, target, self._folder)
        listener = _listener(chosen, port)
        where = Socket(listener.fileno(), listener.getsockname()[1])
        try:
            process = await ServerProcess.start(
                "asgi_vs_wsgi.server_targets.processes.launch",
                [
                    chosen.entry,
                    *chosen.command_line(where, target.workers, target.threads, target.options, ground.version),
                ],
                folder=ground.folder,
                environment={**ground.environment, VARIABLE: self._told(index, chosen)},
                descriptor=listener.fileno(),
                reaped=True,
                python=ground.python,
                safe_path=ground.safe_path,
            )
        except BaseException:  # nobody else knows of it yet
            listener.close()
            raise
        process.call_by_other_name(str(self._source), str(self.experiment.scenario.folder))
        process.on_line = lambda line: self._hear_line(index, line)
        tasks.start_soon(process.drain)
        tasks.start_soon(self._refuse_when_dead, index, process, listener)
        scenario = self.experiment.scenario
        path, counted = path_of(scenario, target.view), self.database.vendor if scenario.toml.database else None
        reads_lines = self.experiment.probe and self.experiment.lines
        expect = expected_statuses(scenario.toml, target)
        pages, asked = pages_for(scenario, target), requests_by_class(scenario, target)
        return RunningTarget(
            index, target, chosen, listener, process, where.port, path, counted, reads_lines, expect, pages, asked
        )

    def _told(self, index: int, chosen: ServerSpec) -> str:
        """The file that says what its workers are to do, which is written here; workers that come late read it too."""
        path = self._folder / f"worker-{index}.json"
        if not path.exists():  # one that is started anew has the same
            config = config_of(
                self.experiment,
                index,
                chosen,
                source=self._source,
                lab_socket=self.collector.socket_path,
                ring_capacity=self._ring,
                upstream_port=self._upstream[1] if self._upstream else 0,
                database=self.database,
                changes=self._changes,
            )
            config.write(path)
        return str(path)

    def _hear_line(self, index: int, line: str) -> None:
        """A server says itself that workers end because they were told to, whoever told it."""
        target = self.experiment.targets[index]
        lines = server_spec(target.server).ending_lines
        if lines.recycling and target.options.get("max_requests") and (found := lines.recycling.search(line)):
            self._tell(index, RECYCLED, int(found[1]))
        elif lines.reloading and lines.reloading in line:
            self._tell(index, RELOADED)
        elif lines.stopping and lines.stopping in line:
            self._tell(index, STOPPED)
        elif lines.unexpected and lines.unexpected in line:
            for link in self.collector.of_target(index)[::-1]:
                if link.told_to == RECYCLED:  # it had lived for long enough, and ended of something else
                    link.told_to, link.told_ns = "", 0
                    break
        elif killed := killed_in_line(line):
            for link in self.collector.of_target(index):
                if link.pid == killed[0]:
                    link.killed_by = killed[1]

    def _hear_leaving(self, link: WorkerLink) -> None:
        """Of a product that says nothing of it: who ends in order where there is a number of requests, has had them."""
        target = self.experiment.targets[link.target]
        if server_spec(target.server).ending_lines.recycling is None and target.options.get("max_requests"):
            link.tell(RECYCLED)

    def _hear_end(self, link: WorkerLink) -> None:
        """granian says nothing of it: who has lived for as long as a worker may is replaced."""
        lifetime_s = self.experiment.targets[link.target].options.get("workers_lifetime_s")
        if lifetime_s and link.died_ns - link.hello_ns >= NEARLY * lifetime_s * 1e9:
            link.tell(RECYCLED)

    def _tell(self, index: int, ending: str, pid: int = 0) -> None:
        for link in self.collector.of_target(index):
            if link.pid == pid or (not pid and not link.died_ns):
                link.tell(ending)

    async def stop_one(self, running: RunningTarget) -> None:
        """End one server for now, as it was not asked to by any event; what it holds is given back."""
        self._tell(running.index, STOPPED)
        running.process.end()
        running.listener.close()
        with anyio.move_on_after(END_LIMIT_S):
            await self._until_one_is_gone(running)

    async def start_again(self, running: RunningTarget) -> None:
        """A server that was stopped, as it was at first but for its port: nobody has visited its workers yet."""
        assert self._tasks is not None
        await self.stop_one(running)
        await running.process.aclose()
        with _told_of(running.target.name):
            fresh = await self._start_target(running.index, running.target, self._tasks, 0)
        running.earlier.append(running.process)
        running.process, running.listener, running.port = fresh.process, fresh.listener, fresh.port
        running.warm = running.stopped_as_asked = False
        with anyio.move_on_after(self._start_limit_s) as limit:
            await until_ready(running, self.collector)
        if limit.cancelled_caught:
            raise did_not_start(running, f"was not ready within {self._start_limit_s:.0f} s")

    async def come_to_rest(self, running: RunningTarget) -> None:
        """Until those that were told to end are gone and others are there in their place, but not for long."""
        with anyio.move_on_after(REST_LIMIT_S):
            while running.process.running and not self._rests(running):
                await anyio.sleep(_POLL_S)

    def _rests(self, running: RunningTarget) -> bool:
        alive = self.collector.alive(running.index)
        return len(alive) >= running.target.workers and not any(link.told_to for link in alive)

    async def _refuse_when_dead(self, index: int, process: ServerProcess, listener: socket.socket) -> None:
        """Our copy of the listener would keep accepting for a dead server, and its visitors would hang."""
        await process.wait()
        if self._orphans is not None and process.left_orphans:
            self._orphans.end()
        while self.collector.alive(index):
            await anyio.sleep(_POLL_S)
        listener.close()

    async def stop(self) -> None:
        """End every process of the run, and wait until all are gone."""
        for process in self._processes():
            process.end()
        for running in self.targets:
            running.listener.close()
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(END_LIMIT_S):
                await self._until_gone()
            for process in self._processes():
                process.kill()
            if self._orphans is not None and any(process.left_orphans for process in self._processes()):
                self._orphans.end()
            with anyio.move_on_after(KILLED_LIMIT_S):
                await self._until_gone()
            for process in self._processes():
                await process.aclose()

    async def _until_one_is_gone(self, running: RunningTarget) -> None:
        await running.process.wait_gone()
        while self.collector.alive(running.index):
            await anyio.sleep(_POLL_S)

    async def _until_gone(self) -> None:
        for process in self._processes():
            await process.wait_gone()
        while self._alive():
            await anyio.sleep(_POLL_S)

    def left_processes(self, index: int) -> list[LeftProcess] | None:
        """What the views of a target had started and was still running when it was stopped; None where unknown."""
        running = self.targets[index] if index < len(self.targets) else None
        workers = {link.pid for link in self.collector.of_target(index)}
        left: Counter[str] = Counter()
        for process in [*running.earlier, running.process] if running else [None]:
            report = process.report if process else None
            if report is None or report.ended is None or report.server is None:
                return None
            left += started_by_views(report.ended, report.server, workers)
        return [LeftProcess(*each) for each in left.most_common()]

    def cpu_ns(self) -> int:
        """Of all that is ours: servers with what their views started, the slow service, the lab itself, the screen."""
        return own_cpu_ns() + sum(tree_cpu_ns(process.pid) for process in self._processes() if process.running)

    def upstream_cpu_ns(self) -> int:
        """Of the slow service behind the views; 0: none."""
        return tree_cpu_ns(self._upstream[0].pid) if self._upstream else 0

    def _processes(self) -> list[ServerProcess]:
        upstream = [self._upstream[0]] if self._upstream else []
        return [running.process for running in self.targets] + upstream

    def _alive(self) -> list[WorkerLink]:
        return [link for link in self.collector.links if not link.died_ns]


@contextmanager
def _told_of(what: str) -> Iterator[None]:
    """RunFailed where the system lets us start no process."""
    try:
        yield
    except OSError as error:
        hint = way_out() if is_no_process(error) else ""
        raise RunFailed(f"{what} could not be started: {error.strerror or error}", hint=hint) from None


def _listener(chosen: ServerSpec, port: int) -> socket.socket:
    """On a port that the user has named, or on any."""
    try:
        return keep_port(port) if chosen.opens_port else listen(port)
    except OSError as error:
        if not port:
            raise
        hint = "leave it out and a free one is picked"
        raise BadInput(f"--port {port}: {error.strerror}", hint=hint) from None


def rings_of(experiment: Experiment) -> int:
    """How many workers record."""
    return sum(target.workers for target in experiment.targets) if experiment.probe else 0


@asynccontextmanager
async def running_servers(
    experiment: Experiment, folder: Path, collector: Collector, ports: Mapping[int, int] | None = None
) -> AsyncIterator[ServerGroup]:
    """A started fleet; whatever happens inside, all its processes are gone afterwards."""
    with unwrap_lab_error():
        async with (
            databases_of(experiment, folder) as (database, changes),
            anyio.create_task_group() as tasks,
        ):
            experiment = await with_visitors(experiment, folder, changes)
            fleet = ServerGroup(experiment, folder, collector, database, changes)
            with orphans_adopted(fleet.started_pids) as orphans:
                fleet.end_orphans_with(orphans)
                try:
                    await fleet.start(tasks, ports)
                    yield fleet
                finally:
                    await fleet.stop()
                    tasks.cancel_scope.cancel()
