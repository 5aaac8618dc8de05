"""A run without a screen: the same lab in the command's own process; signals end it cleanly."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

from asgi_vs_wsgi.scenarios.errors import Interrupted, alone
from asgi_vs_wsgi.scenarios.lab.protocol import Progress
from asgi_vs_wsgi.scenarios.load.open_files import check_open_files
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.observer import Callbacks
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment

Returned = TypeVar("Returned")


def run_headless(
    experiment: Experiment,
    *,
    on_progress: Callable[[Progress], None],
    on_ready: Callable[[str, int], None],
    on_cut_off: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Run to the end in the main thread; RunFailed, or Interrupted by SIGINT, SIGTERM or SIGHUP.

    `on_cut_off` gets what was measured until a signal came; another signal waits for it.
    """
    return until_signal(run_experiment, experiment, Callbacks(on_progress, on_ready, on_cut_off))


def until_signal(main: Callable[..., Awaitable[Returned]], *arguments: Any) -> Returned:
    """Run `main` on a fresh uvloop; a signal cancels it, waits for its clean-up and raises Interrupted."""
    check_open_files()
    return anyio.run(_until_signal, main, arguments, backend_options={"use_uvloop": True})


async def _until_signal(main: Callable[..., Awaitable[Returned]], arguments: tuple[Any, ...]) -> Returned:
    returned: list[Returned] = []
    caught: list[int] = []

    async def run() -> None:
        returned.append(await main(*arguments))
        tasks.cancel_scope.cancel()

    with alone():
        async with anyio.create_task_group() as tasks:
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
                tasks.start_soon(run)
                async for number in signals:
                    caught.append(number)
                    tasks.cancel_scope.cancel()
    if caught:
        raise Interrupted(caught[0])
    return returned[0]
