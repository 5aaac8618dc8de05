"""One target, served until somebody ends it: for a browser, a load generator of one's own, or a debugger."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.errors import Interrupted, RunFailed
from asgi_vs_wsgi.scenarios.load.client_errors import raise_open_files
from asgi_vs_wsgi.scenarios.results import FailureReason
from asgi_vs_wsgi.scenarios.run.client_limits import check_loopback
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.run_in_foreground import until_signal
from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup, rings_of, running_servers
from asgi_vs_wsgi.scenarios.trace.worker_trace import failures_in
from asgi_vs_wsgi.server_targets.processes.crash import crash_words
from asgi_vs_wsgi.server_targets.processes.sockets import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.collector.collector import WorkerLink
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import LeftProcess

READ_EVERY_S = 0.02


def serve(
    experiment: Experiment,
    *,
    port: int | None,
    on_ready: Callable[[str, int], None],
    on_url: Callable[[str], None],
    on_line: Callable[[str], None] = lambda line: None,
    on_left: Callable[[list[LeftProcess]], None] = lambda left: None,
    on_failure: Callable[[FailureReason], None] = lambda reason: None,
) -> None:
    """Serve the experiment's first target on `port` (None: one that the kernel picks) until a signal comes.

    `on_line` gets what the server prints once it serves, `on_left` what its views had started and left running, and
    `on_failure` what each request that fails has raised, as it comes.
    """
    one = msgspec.structs.replace(experiment, targets=experiment.targets[:1])
    try:
        until_signal(_serve, one, port or 0, on_ready, on_url, on_line, on_left, on_failure)
    except Interrupted as interrupted:
        if interrupted.signal_number != signal.SIGINT:  # Ctrl+C is how serving is meant to end
            raise


async def _serve(
    experiment: Experiment,
    port: int,
    on_ready: Callable[[str, int], None],
    on_url: Callable[[str], None],
    on_line: Callable[[str], None],
    on_left: Callable[[list[LeftProcess]], None],
    on_failure: Callable[[FailureReason], None],
) -> None:
    raise_open_files()
    await check_loopback()
    with run_folder(rings_of(experiment)) as folder:
        collector = Collector(folder / "lab.sock")
        collector.on_hello = lambda link: on_ready(experiment.targets[0].name, link.pid)
        await collector.start()
        fleet: ServerGroup | None = None
        try:
            async with running_servers(experiment, folder, collector, {0: port}) as fleet:
                fleet.targets[0].process.on_line = on_line
                on_url(f"http://{LOOPBACK}:{fleet.targets[0].port}{fleet.targets[0].path}")
                await _until_it_ends(fleet, on_failure)
        finally:
            if fleet is not None and (left := fleet.left_processes(0)):
                on_left(left)
            await collector.close()


async def _until_it_ends(fleet: ServerGroup, on_failure: Callable[[FailureReason], None]) -> None:
    """Keep the rings read, so that none wraps; what a visitor of one's own does is recorded, not kept."""
    running = fleet.targets[0]
    untold: list[tuple[WorkerLink, int]] = []
    while running.process.running:
        for link in fleet.collector.of_target(0):
            untold += [(link, number) for number in failures_in(link.read())]
        untold = [each for each in untold if not _tell(*each, on_failure)]
        await anyio.sleep(READ_EVERY_S)
    crash = running.process.crash
    hint = crash_words(crash, reads_lines=running.reads_lines) if crash else ""
    raise RunFailed(f"{running.target.name} ended by itself", detail=running.process.last_words(), hint=hint)


def _tell(link: WorkerLink, number: int, on_failure: Callable[[FailureReason], None]) -> bool:
    """Once its words are there, which come another way than the record."""
    raised = link.raised.get(number)
    if raised is not None:
        on_failure(FailureReason(*raised, 1))
    return raised is not None
