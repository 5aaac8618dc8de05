"""A run without a screen: the same lab in the command's own process; signals end it cleanly."""

from __future__ import annotations

import select
import signal
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from asgi_vs_wsgi.scenarios.errors import Interrupted, unwrap_lab_error
from asgi_vs_wsgi.scenarios.load.client_errors import check_open_files
from asgi_vs_wsgi.scenarios.run.observer import Callbacks, Progress
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
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
