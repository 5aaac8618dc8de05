"""A process that is run to its end for what it prints, and that nothing leaves behind.

Asyncio's own child is lost where its waiter is cancelled twice (a screen that is left cancels its workers, then the
loop's end cancels every task): it is killed then, but nobody reaps it. Here a thread starts it, waits and reaps it;
whoever is cancelled has it killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING

from anyio import to_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GONE_WITHIN_S = 1.0
"""A killed process is gone in milliseconds; one that the kernel holds is not waited for."""


async def run_to_end(
    command: Sequence[str],
    *,
    cwd: str | None = None,
    environment: Mapping[str, str] | None = None,
    with_stderr: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """What it prints, and its status; OSError where it cannot be started. It has no input.

    Without `with_stderr` what it says there is thrown away. It and its children are killed where we are cancelled.
    """
    running: list[subprocess.Popen[bytes]] = []
    unwanted, gone = threading.Event(), threading.Event()

    def start_and_wait() -> subprocess.CompletedProcess[bytes]:
        try:
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if with_stderr else subprocess.DEVNULL,
                cwd=cwd,
                env=environment,
                start_new_session=True,
            ) as process:
                running.append(process)
                if unwanted.is_set():
                    _kill(process)
                told, said = process.communicate()
        finally:
            gone.set()
        return subprocess.CompletedProcess(process.args, process.returncode, told, said or b"")

    try:
        return await to_thread.run_sync(start_and_wait, abandon_on_cancel=True)
    except BaseException:
        unwanted.set()
        for process in running:
            if not gone.is_set():
                _kill(process)
            gone.wait(GONE_WITHIN_S)
        raise


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With its children, also those that have outlived it: they hold its pipes."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
