"""Runs what draws without a terminal; a signal ends it cleanly, so that nothing half-made is left in a folder."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from asgi_vs_wsgi.scenarios.errors import Interrupted
from asgi_vs_wsgi.scenarios.load.open_files import check_open_files
from asgi_vs_wsgi.tui.terminal.supervisor import EXIT_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Coroutine

Drawn = TypeVar("Drawn")


def run_offscreen(work: Coroutine[Any, Any, Drawn]) -> Drawn:
    """What comes out; Interrupted by SIGINT, SIGTERM or SIGHUP."""
    try:
        check_open_files()
        return asyncio.run(_until_signal(work))
    finally:
        work.close()


async def _until_signal(work: Coroutine[Any, Any, Drawn]) -> Drawn:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        task.cancel()

    for number in EXIT_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise Interrupted(caught[0]) from None
