"""A `project` or `browse` command that the screen has started: its words as they come, its end. None is left behind.

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
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.server_targets.processes.log_lines import LogLines
from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle
from asgi_vs_wsgi.tui.lab_client.client import follow
from asgi_vs_wsgi.tui.lab_client.spawner import open_pipes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


COMMAND = (sys.executable, "-P", "-m", "asgi_vs_wsgi")


MOST_LINES = 2000
"""Of what it prints, as far as anybody reads."""


PATIENCE_S = 10.0
"""How long it may take to end its servers and to give back what it holds, once it was asked to."""


LOOK_EVERY_S = 1.0
"""Whether it lives, where its pipes do not tell: somebody whom it has started may hold them open."""
SILENT_S = 0.01
"""The same of one that has closed its own: its end comes right after, as a rule."""


LAST_WORDS_S = 0.05
"""For what it has written before its end; what somebody else holds open brings no more of its words."""


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
    with open_pipes(2) as ((report_in, report_out), (words_in, words_out)):
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=report_out,
            stderr=words_out,
            env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace", "COLUMNS": str(columns)},
            process_group=0,
        )
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
        self._silent = asyncio.Event()
        """Whether neither does."""
        self.words_told = 0
        """Lines of its stderr so far, those among them that nobody keeps any more."""
        follow(started.report_fd, self._take_report, lambda: self._close_end(started.report_fd))
        follow(started.words_fd, self._take_words, lambda: self._close_end(started.words_fd))

    @property
    def pid(self) -> int:
        """Of the command."""
        return self._started.process.pid

    def _take_report(self, data: bytes) -> None:
        self.report.extend(self._report_lines.feed(data))

    def _take_words(self, data: bytes) -> None:
        self._tell(self._word_lines.feed(data))

    def _tell(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.words.append(line)
            self.words_told += 1

    def _close_end(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        if not self._open:
            self._silent.set()

    def end(self) -> None:
        """Ask it to end, as Ctrl+C does."""
        self._started.handle.send(signal.SIGINT)

    async def ended(self) -> int:
        """Wait until it has ended and all that it wrote is here; its status, negative for a signal."""
        while (status := self._started.process.poll()) is None:
            if self._silent.is_set():
                await asyncio.sleep(SILENT_S)
            else:
                await self._until_silent(LOOK_EVERY_S)
        await self._until_silent(LAST_WORDS_S)
        self.report.extend(self._report_lines.end())
        self._tell(self._word_lines.end())
        return status

    async def _until_silent(self, within_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._silent.wait(), within_s)

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
