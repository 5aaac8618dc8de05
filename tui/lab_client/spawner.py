"""Starts processes that measure at the priority that this process had at first, however low the screen's has become.

The kernel gives a child the priority of the thread that forks it, and its parent-death signal comes when that
thread ends. So one thread is kept for good, is never made `nice`, and does all the starting.

A `project` or `browse` command that the screen has started: its words as they come, its end. None is left behind.

screen ◄── stdout ── the command     its report; whoever reads it is gone: it ends as for any closed pipe,
screen ◄── stderr ── the command     also where the screen was killed. Its progress, and why it failed
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from asgi_vs_wsgi.server_targets.processes.log_lines import LogLines
from asgi_vs_wsgi.server_targets.processes.process_tree import ProcessHandle
from asgi_vs_wsgi.tui.lab_client.client import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
            try:
                wish.set_result(start())
            except OSError as error:
                wish.set_exception(error)


def _start(command: tuple[str, ...]) -> LabProcess:
    commands_in, commands_out = os.pipe()
    news_in, news_out = os.pipe()
    log_in, log_out = os.pipe()
    theirs = (commands_in, news_out, log_out)
    arguments = ["--parent", str(os.getpid()), "--in", str(commands_in), "--out", str(news_out)]
    try:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log_out,
            stderr=log_out,
            pass_fds=(commands_in, news_out),
            env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace"},
            process_group=0,  # not a session: see lifetime.leave_foreground
        )
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    return LabProcess(process, ProcessHandle(process.pid), commands_out, news_in, log_in)


def lower_priority() -> None:
    """Make the calling thread, and those that it starts from now on, give way to everybody else."""
    if sys.platform.startswith("linux"):
        os.setpriority(os.PRIO_PROCESS, 0, SCREEN_NICE)  # of one thread: 0 is the caller, not its process


COMMAND = (sys.executable, "-P", "-m", "asgi_vs_wsgi")
MOST_LINES = 2000
"""Of what it prints, as far as anybody reads."""
PATIENCE_S = 10.0
"""How long it may take to end its servers and to give back what it holds, once it was asked to."""
LOOK_EVERY_S = 0.05


class StartedProject(NamedTuple):
    """The process and our ends of its pipes."""

    process: subprocess.Popen[bytes]
    handle: ProcessHandle
    report_fd: int
    words_fd: int


def start_project(arguments: Sequence[str], columns: int) -> StartedProject:
    """In a group of its own: the terminal's Ctrl+C is for the screen. `arguments` begin with the command.

    Its report fits into so many columns.
    """
    report_in, report_out = os.pipe()
    words_in, words_out = os.pipe()
    try:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=report_out,
            stderr=words_out,
            env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace", "COLUMNS": str(columns)},
            process_group=0,
        )
    except OSError:
        os.close(report_in)
        os.close(words_in)
        raise
    finally:
        os.close(report_out)
        os.close(words_out)
    return StartedProject(process, ProcessHandle(process.pid), report_in, words_in)


class ProjectChild:
    """Everything is called from one event loop."""

    def __init__(self, started: StartedProject) -> None:
        self._started = started
        self._report_lines, self._word_lines = LogLines(), LogLines()
        self.report: deque[str] = deque(maxlen=MOST_LINES)
        """Lines of its stdout, which are not ours."""
        self.words: deque[str] = deque(maxlen=MOST_LINES)
        """Lines of its stderr, which are not ours either."""
        self._open = {started.report_fd, started.words_fd}
        """Those that may bring more."""
        follow(started.report_fd, self._take_report, lambda: self._open.discard(started.report_fd))
        follow(started.words_fd, self._take_words, lambda: self._open.discard(started.words_fd))

    @property
    def pid(self) -> int:
        """Of the command."""
        return self._started.process.pid

    def _take_report(self, data: bytes) -> None:
        self.report.extend(self._report_lines.feed(data))

    def _take_words(self, data: bytes) -> None:
        self.words.extend(self._word_lines.feed(data))

    def end(self) -> None:
        """Ask it to end, as Ctrl+C does."""
        self._started.handle.send(signal.SIGINT)

    async def ended(self) -> int:
        """Wait until it has ended and all that it wrote is here; its status, negative for a signal."""
        while (status := self._started.process.poll()) is None:
            await asyncio.sleep(LOOK_EVERY_S)
        for _ in range(10):  # what somebody else holds open brings no more of its words
            if not self._open:
                break
            await asyncio.sleep(LOOK_EVERY_S / 10)
        self.report.extend(self._report_lines.end())
        self.words.extend(self._word_lines.end())
        return status

    async def close(self) -> None:
        """End it, if it still runs; one that does not end is made to, and what it has started goes with it."""
        if self._started.process.poll() is None:
            self.end()
            try:
                await asyncio.wait_for(self.ended(), PATIENCE_S)
            except TimeoutError:
                self._started.handle.send(signal.SIGKILL)
                await self.ended()
        self._started.handle.close()
        for descriptor in (self._started.report_fd, self._started.words_fd):
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
