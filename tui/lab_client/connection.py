"""The screen's end of the pipes to the lab process: commands down, one News for each Ask up.

screen ── commands_fd ──► lab
screen ◄── news_fd ────── lab        a lab that dies is noticed by the end of this pipe,
screen ◄── log_fd ─────── lab        and its own last words are on this one
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import deque
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Command, Poll, ScenarioFiles, Start, Stop, Unpacker, Update, pack
from asgi_vs_wsgi.server_targets.processes.log_lines import LogLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.lab_client.spawner import LabProcess

LOG_LINES = 400
LAST_WORDS = 8
PATIENCE_S = 1.0
"""How long a lab may take to end by itself, then after a SIGTERM, before it is made to."""


class LabDied(LabError):
    """The lab process ended by itself, or was killed."""


class LabConnection:
    """One lab process. `ask` one at a time; everything is called from one event loop."""

    def __init__(self, lab: LabProcess, shelf: str = "") -> None:
        """`shelf`: the folder in which the lab keeps its runs."""
        self._lab = lab
        self._shelf = shelf
        self._unpacker = Unpacker(Update)
        self._news: deque[Update] = deque()
        self._arrived = asyncio.Event()
        self._ended = False
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        """The last lines that the lab wrote on its stdout and stderr."""
        self._log_lines = LogLines()
        follow(lab.news_fd, self._take_news, self._end)
        follow(lab.log_fd, self._take_log, lambda: None)

    @property
    def pid(self) -> int:
        """Of the lab process."""
        return self._lab.process.pid

    def _take_news(self, data: bytes) -> None:
        self._news.extend(self._unpacker.feed(data))
        self._arrived.set()

    def _take_log(self, data: bytes) -> None:
        self.log.extend(self._log_lines.feed(data))

    def _end(self) -> None:
        self._ended = True
        self._arrived.set()

    def start(self, options: Options, scenario: Scenario | None = None) -> None:
        """Run this; ends whatever runs."""
        files = files_of(scenario) if scenario and scenario.modules else None
        if files:  # where it came from is nothing to the lab, which is given all of it
            options = replace(options, scenario_dirs=())
        self._send(Start(options, os.fsencode(self._shelf), files))

    def stop(self) -> None:
        """End what runs."""
        self._send(Stop())

    def _send(self, command: Command) -> None:
        data = pack(command)
        try:
            while data:
                data = data[os.write(self._lab.commands_fd, data) :]
        except BrokenPipeError:
            self._end()

    async def ask(self) -> Update:
        """What is new; LabDied when there is nobody to tell any more."""
        self._send(Poll())
        while not self._news:
            if self._ended:
                raise await self._obituary()
            self._arrived.clear()
            await self._arrived.wait()
        return self._news.popleft()

    async def _obituary(self) -> LabDied:
        status = await self._gone()
        self.log.extend(self._log_lines.end())
        how = f"was ended by {_signal_name(-status)}" if status < 0 else f"ended with status {status}"
        return LabDied(
            f"the lab process {how}",
            detail="\n".join([*self.log][-LAST_WORDS:]),
            hint="its servers are gone with it; run again to start a new lab",
        )

    async def close(self) -> None:
        """End the lab. It ends by itself when its pipe does; one that does not is made to."""
        os.close(self._lab.commands_fd)
        await self._gone()
        self._lab.handle.close()
        for descriptor in (self._lab.news_fd, self._lab.log_fd):
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)

    async def _gone(self) -> int:
        """Wait until it has ended; its status, negative for a signal."""
        process = self._lab.process
        for insist in (None, signal.SIGTERM, signal.SIGKILL):
            if insist is not None:
                self._lab.handle.send(insist)
            try:
                return await asyncio.to_thread(process.wait, PATIENCE_S)
            except subprocess.TimeoutExpired:
                continue
        return process.wait()


def files_of(scenario: Scenario) -> ScenarioFiles:
    """As it goes down the pipe."""
    folder = os.fsencode(scenario.folder.absolute())
    return ScenarioFiles(scenario.name, folder, scenario.toml_text, scenario.lesson_md, scenario.modules)


def follow(descriptor: int, take: Callable[[bytes], None], end: Callable[[], None]) -> None:
    """Call `take` with whatever arrives, and `end` once at the end of file."""
    loop = asyncio.get_running_loop()
    os.set_blocking(descriptor, False)

    def read() -> None:
        try:
            data = os.read(descriptor, 1 << 20)
        except BlockingIOError:
            return
        if data:
            take(data)
        else:
            loop.remove_reader(descriptor)
            end()

    loop.add_reader(descriptor, read)


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
