"""What `run` and `browse` do alike around their rounds: servers up, targets made ready and let go, figures, the end.

collecting ─► running_servers ─► warm_all ─► for each round, in_order: make_ready ─► (record) ─► let_go ─► analysed
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.analysis.gc_pause import gc_spared
from asgi_vs_wsgi.scenarios.analysis.target_figures import analyse_target
from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.errors import unwrap_lab_error
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.running_target import check_alive
from asgi_vs_wsgi.scenarios.run.server_group import rings_of
from asgi_vs_wsgi.scenarios.run.server_setup import room_needed
from asgi_vs_wsgi.scenarios.run.warmup import warm_pages, warm_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Load
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.run.observer import Watcher
    from asgi_vs_wsgi.scenarios.run.round import Numbers, Recorded
    from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget
    from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


@asynccontextmanager
async def collecting(
    experiment: Experiment, watcher: Watcher, more_bytes: int = 0
) -> AsyncIterator[tuple[Path, Collector]]:
    """The run's folder, with room for so many bytes more than a run needs, and who hears its workers."""
    with gc_spared(), run_folder(rings_of(experiment), room_needed(experiment) + more_bytes) as folder:
        collector = Collector(folder / "lab.sock")
        collector.on_hello = lambda link: watcher.ready(experiment.targets[link.target].name, link.pid)
        await collector.start()
        try:
            yield folder, collector
        finally:
            await collector.close()


def share_a_database(experiment: Experiment) -> bool:
    """Whether what one target leaves open in it would be missing for the next: a server has so many connections."""
    several = len(experiment.targets) > 1 and experiment.mode == "measure"
    return several and experiment.scenario.toml.database and experiment.database is not None


async def warm_all(fleet: ServerGroup, watcher: Watcher, numbers: Numbers) -> None:
    """Before the first round, where the scenario says so; RunFailed where a server is dead.

    Those that share a database, each right before it is measured: what they open then is not there while others are.
    """
    if fleet.experiment.scenario.toml.warm:
        watcher.progress(Progress("warming", "warming up"))
        if share_a_database(fleet.experiment):
            return
        with unwrap_lab_error():
            async with anyio.create_task_group() as tasks:
                for running in fleet.targets:
                    tasks.start_soon(warm, fleet, running, numbers)
    for running in fleet.targets:
        await check_alive(running, fleet.collector)


async def warm(fleet: ServerGroup, running: RunningTarget, numbers: Numbers) -> None:
    """One target, and its pages where it is a project of the user's own."""
    timeout_s = fleet.experiment.load.timeout_s
    await warm_up(fleet, running, numbers, timeout_s)
    if fleet.experiment.project:
        await warm_pages(fleet, running, numbers, timeout_s)
    running.warm = True


async def make_ready(fleet: ServerGroup, running: RunningTarget, numbers: Numbers) -> None:
    """As it was at first, whatever has happened to it in an earlier round."""
    if running.stopped_as_asked:
        await fleet.start_again(running)
    await fleet.come_to_rest(running)
    if fleet.experiment.scenario.toml.warm and not running.warm:
        await warm(fleet, running, numbers)
        await check_alive(running, fleet.collector)


async def let_go(fleet: ServerGroup, running: RunningTarget) -> None:
    """A server that keeps connections open ends after it was measured; it is started anew when its turn comes."""
    if share_a_database(fleet.experiment) and running.process.running:
        pids = [link.pid for link in fleet.collector.alive(running.index)]
        if any((await fleet.database.open_connections(pids)).values()):
            await fleet.stop_one(running)
            running.stopped_as_asked = True


def in_order(targets: Sequence[RunningTarget], round_number: int) -> Sequence[RunningTarget]:
    """Every other round in reverse, so that none is favoured."""
    return targets if round_number % 2 else targets[::-1]


def analysed(
    experiment: Experiment,
    running: RunningTarget,
    recorded: Recorded,
    load: Load,
    requests: tuple[RequestSpec, ...],
) -> tuple[TargetResult, TargetTrace]:
    """One target's round; `requests`: what each class of its visitors sent."""
    result = analyse_target(
        recorded.trace,
        running.target,
        load,
        experiment.mode,
        recorded.report,
        probe=experiment.probe,
        machine=recorded.machine,
        crash=recorded.crash,
        files_limit=recorded.files_limit,
        requests=requests,
    )
    return result, recorded.trace


def with_left_processes(outcome: Outcome, fleet: ServerGroup) -> Outcome:
    """What was found running at the end is known only once the servers are gone."""
    targets = [
        msgspec.structs.replace(target, left_processes=fleet.left_processes(index))
        for index, target in enumerate(outcome.result.targets)
    ]
    return replace(outcome, result=msgspec.structs.replace(outcome.result, targets=targets))
