"""A run without a screen: the same lab in the command's own process; signals end it cleanly.

One target, served until somebody ends it: for a browser, a load generator of one's own, or a debugger.
"""

from __future__ import annotations

import select
import signal
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.errors import Interrupted, RunFailed, unwrap_lab_error
from asgi_vs_wsgi.scenarios.load.client_errors import check_open_files, raise_open_files
from asgi_vs_wsgi.scenarios.results import FailureReason
from asgi_vs_wsgi.scenarios.run.client_limits import check_loopback
from asgi_vs_wsgi.scenarios.run.observer import Callbacks, Progress
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.running_target import crash_hint
from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup, rings_of, running_servers
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind
from asgi_vs_wsgi.server_targets.processes.sockets import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asgi_vs_wsgi.scenarios.collector.collector import WorkerLink
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import LeftProcess
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome

Returned = TypeVar("Returned")

LOOK_EVERY_S = 0.25
"""At whether stdout still has a reader: two looks and a server's end take less than two seconds."""


def run_headless(
    experiment: Experiment,
    *,
    on_progress: Callable[[Progress], None],
    on_ready: Callable[[str, int], None],
    on_cut_off: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Run to the end in the main thread; RunFailed, or Interrupted by SIGINT, SIGTERM, SIGHUP or SIGPIPE.

    `on_cut_off` gets what was measured until a signal came; another signal waits for it.
    """
    return until_signal(run_experiment, experiment, Callbacks(on_progress, on_ready, on_cut_off))


def until_signal(main: Callable[..., Awaitable[Returned]], *arguments: Any) -> Returned:
    """Run `main` on a fresh uvloop; a signal cancels it, waits for its clean-up and raises Interrupted.

    That nobody reads stdout any more counts as SIGPIPE, without waiting for the first line that is written there:
    a program that started us through pipes may have been killed.
    """
    check_open_files()
    return anyio.run(_until_signal, main, arguments, backend_options={"use_uvloop": True})


async def _until_signal(main: Callable[..., Awaitable[Returned]], arguments: tuple[Any, ...]) -> Returned:
    returned: list[Returned] = []
    caught: list[int] = []

    async def run() -> None:
        returned.append(await main(*arguments))
        tasks.cancel_scope.cancel()

    def end(number: int) -> None:
        caught.append(number)
        tasks.cancel_scope.cancel()

    with unwrap_lab_error():
        async with anyio.create_task_group() as tasks:
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
                tasks.start_soon(run)
                tasks.start_soon(_until_nobody_reads, end)
                async for number in signals:
                    end(number)
    if caught:
        raise Interrupted(caught[0])
    return returned[0]


async def _until_nobody_reads(end: Callable[[int], None]) -> None:
    """A pipe or socket whose other end is gone. Files always take more; a terminal says by SIGHUP whom it ends."""
    if sys.__stdout__ is None or sys.__stdout__.isatty():
        return
    reader = select.poll()
    reader.register(sys.__stdout__.fileno(), 0)
    while not reader.poll(0):
        await anyio.sleep(LOOK_EVERY_S)
    end(signal.SIGPIPE)


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
    raise RunFailed(
        f"{named(running.target.name)} ended by itself", detail=running.process.last_words(), hint=crash_hint(running)
    )


def _tell(link: WorkerLink, number: int, on_failure: Callable[[FailureReason], None]) -> bool:
    """Once its words are there, which come another way than the record."""
    raised = link.raised.get(number)
    if raised is not None:
        on_failure(FailureReason(*raised, 1))
    return raised is not None


_KIND_AT = RECORD.pack(0, 0, 0, 0, 0xFF, 0, 0).index(0xFF)


def failures_in(records: bytes) -> list[int]:
    """The numbers of the exceptions that these records tell of, once for each request."""
    if Kind.FAILURE not in records[_KIND_AT :: RECORD.size]:
        return []
    return [record[1] for record in RECORD.iter_unpack(records) if record[4] == Kind.FAILURE]
