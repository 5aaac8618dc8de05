"""Talks with a lab: one question at a time, and an answer is taken only by the run that it was asked for.

begin ──► lab started, if there is none ──► ask ──► answer ──► ask ──► …
begin again: the question that is under way is answered first, and nobody listens
the lab died: buried; the next begin starts another

The screen's end of the pipes to the lab process: commands down, one News for each Ask up.

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
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Command, Poll, ScenarioFiles, Start, Stop, Unpacker, Update, pack
from asgi_vs_wsgi.server_targets.processes.log_lines import LogLines

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.lab_client.spawner import LabProcess


class Transport(Protocol):
    """The way to a lab (`LabConnection`, or a fake one)."""

    def start(self, options: Options, scenario: Scenario | None = None) -> None:
        """Run this; `scenario` is what it is of, as it was read."""

    def stop(self) -> None:
        """End what runs."""

    async def ask(self) -> Update:
        """What is new; a LabError when the lab has ended."""

    async def close(self) -> None:
        """End the lab."""


Connect = Callable[[], Awaitable[Transport]]


class LabClient:
    """With one lab after another."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._link: Transport | None = None
        self._question: asyncio.Task[Update] | None = None
        self._unanswered: asyncio.Task[Update] | None = None
        """A question about a run that nobody looks at any more; the lab answers one after another."""
        self._burials: set[asyncio.Task[None]] = set()
        self._stopping = False
        """Whether the run is to be stopped as soon as there is a lab to tell."""

    @property
    def asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._question is not None

    def begin(self, options: Options, scenario: Scenario | None = None) -> None:
        """Have this run; whatever runs is ended by the lab."""
        self.drop()
        self._stopping = False
        self._question = asyncio.create_task(self._start(options, scenario, self._unanswered))
        self._unanswered = None

    def drop(self) -> None:
        """The answer that is awaited will not be listened to."""
        self._unanswered, self._question = self._question or self._unanswered, None

    async def _start(
        self, options: Options, scenario: Scenario | None, unanswered: asyncio.Task[Update] | None
    ) -> Update:
        """A question that was asked before is answered first; its answer belongs to the run before."""
        if unanswered is not None:
            try:
                await unanswered
            except LabError:
                self.bury()
        link = self._link = self._link or await self._connect()
        link.start(options, scenario)
        if self._stopping:
            link.stop()
        return await link.ask()

    def stop(self) -> None:
        """End what runs."""
        self._stopping = True
        if self._link is not None:
            self._link.stop()

    def ask(self) -> None:
        """Once more."""
        if self._link is not None:
            self._question = asyncio.create_task(self._link.ask())

    def answer(self) -> Update | None:
        """The answer, once; None while there is none. A LabError or an OSError where there will be none any more."""
        if self._question is None or not self._question.done():
            return None
        question, self._question = self._question, None
        return question.result()

    def bury(self) -> None:
        """The lab is gone; the next run starts another."""
        link, self._link = self._link, None
        if link is not None:
            self._burials.add(asyncio.create_task(link.close()))

    async def close(self) -> None:
        """End the lab."""
        for question in (self._question, self._unanswered):
            if question is not None:
                question.cancel()
        self.bury()
        await asyncio.gather(*self._burials)


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
