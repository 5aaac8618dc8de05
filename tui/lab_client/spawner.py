"""Starts processes that measure at the priority that this process had at first, however low the screen's has become.

The kernel gives a child the priority of the thread that forks it, and its parent-death signal comes when that
thread ends. So one thread is kept for good, is never made `nice`, and does all the starting.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from itertools import chain
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


Started = TypeVar("Started")


SCREEN_NICE = 15
"""A frame costs a few milliseconds; they are not to be taken from the servers that are measured."""


LAB = (sys.executable, "-P", "-m", "asgi_vs_wsgi.scenarios.lab")


class LabProcess(NamedTuple):
    """A started lab and our ends of its pipes."""

    process: subprocess.Popen[bytes]
    handle: ProcessHandle
    """To send it signals by, while another thread waits for its end."""
    commands_fd: int
    news_fd: int
    log_fd: int


class LabSpawner:
    """The thread that starts labs; `lower_priority` is for all others."""

    def __init__(self, command: tuple[str, ...] = LAB) -> None:
        self._command = command
        self._wishes: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        Thread(target=self._serve, name="lab-starter", daemon=True).start()

    def start(self) -> Future[LabProcess]:
        """Ask for a new lab."""
        return self.call(partial(_start, self._command))

    def call(self, start: Callable[[], Started]) -> Future[Started]:
        """Have `start` called there, to start something else."""
        wish: Future[Started] = Future()
        self._wishes.put((start, wish))
        return wish

    def _serve(self) -> None:
        while True:
            start, wish = self._wishes.get()
            if not wish.set_running_or_notify_cancel():
                continue
            try:
                started = start()
            except Exception as error:  # noqa: BLE001 - whoever asked is told, and the next is served
                wish.set_exception(error)
            else:
                wish.set_result(started)


@contextmanager
def open_pipes(number: int) -> Iterator[list[tuple[int, int]]]:
    """So many, to read and to write; where what is done with them fails, none is left open."""
    pipes: list[tuple[int, int]] = []
    try:
        for _ in range(number):
            pipes.append(os.pipe())  # noqa: PERF401 - those before one that fails are known
        yield pipes
    except BaseException:
        for descriptor in chain.from_iterable(pipes):
            os.close(descriptor)
        raise


def _start(command: tuple[str, ...]) -> LabProcess:
    with open_pipes(3) as ((commands_in, commands_out), (news_in, news_out), (log_in, log_out)):
        process = subprocess.Popen(
            [*command, "--parent", str(os.getpid()), "--in", str(commands_in), "--out", str(news_out)],
            stdin=subprocess.DEVNULL,
            stdout=log_out,
            stderr=log_out,
            pass_fds=(commands_in, news_out),
            env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace"},
            process_group=0,  # not a session: see parent_death.leave_foreground
        )
    for descriptor in (commands_in, news_out, log_out):
        os.close(descriptor)
    return LabProcess(process, ProcessHandle(process.pid), commands_out, news_in, log_in)


def lower_priority() -> None:
    """Make the calling thread, and those that it starts from now on, give way to everybody else."""
    if sys.platform.startswith("linux"):
        os.setpriority(os.PRIO_PROCESS, 0, SCREEN_NICE)  # of one thread: 0 is the caller, not its process
