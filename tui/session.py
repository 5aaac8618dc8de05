"""What the screen knows: which lab it talks to, what that lab does, and the recording that is shown.

    begin ──► STARTING ──opened──► RECORDING ──result──► OVER
                  │                    └──stop──► STOPPED
                  └── failure, or the lab died ──► FAILED

`poll` is called once a frame: it takes in the answer to the last question, if it has come, and asks the next.
Knows nothing of Textual.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Protocol

from scenarios.errors import LabError
from scenarios.experiment import Options
from scenarios.lab.messages import Failure, News, Opened, Progress
from scenarios.result import RunResult
from scenarios.tournament.standings import Tournament
from tui.recording import Recording
from tui.show import Show


class Phase(Enum):
    """Where the screen is in a run."""

    STILL = "still"
    """Nothing was run: what is shown, if anything, was recorded earlier."""
    STARTING = "starting"
    RECORDING = "recording"
    OVER = "over"
    STOPPED = "stopped"
    FAILED = "failed"


RUNNING = frozenset({Phase.STARTING, Phase.RECORDING})


class Link(Protocol):
    """The way to a lab (tui.lab_link, or a fake one)."""

    def start(self, options: Options) -> None:
        """Run this."""

    def stop(self) -> None:
        """End what runs."""

    async def ask(self) -> News:
        """What is new; a LabError when the lab has ended."""

    async def close(self) -> None:
        """End the lab."""


Connect = Callable[[], Awaitable[Link]]


class Session:
    """One person's conversation with the lab."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._link: Link | None = None
        self._question: asyncio.Task[News] | None = None
        self._burials: set[asyncio.Task[None]] = set()
        self.phase = Phase.STILL
        self.options: Options | None = None
        """Of the run that is shown or will be."""
        self.progress: Progress | None = None
        self.ready: list[str] = []
        """What the servers said while they started, the newest last."""
        self.show: Show | None = None
        self.result: RunResult | None = None
        self.tournament: Tournament | None = None
        """The ranking so far."""
        self.failure: Failure | None = None
        self._next: Show | None = None
        """A later round, recorded while an earlier one is still shown."""
        self._all_told = True
        """Whether the lab has nothing more to tell."""

    @property
    def running(self) -> bool:
        """Whether the lab is at work for us."""
        return self.phase in RUNNING

    @property
    def idle(self) -> bool:
        """Whether nothing can be new before somebody presses a key."""
        return not self.running and self._all_told and self._question is None

    def show_still(self, news: Sequence[News]) -> None:
        """Show a recording made earlier, at its end."""
        for each in news:
            self._take(each)
        self.phase, self.result, self._all_told = Phase.STILL, None, True
        if self.show:
            self.show.to_end()

    def replay(self, options: Options, news: News) -> None:
        """Show a saved run from its start, and its result at its end."""
        self._forget()
        self.options, self.phase = options, Phase.STARTING
        self._take(news)

    def begin(self, options: Options) -> None:
        """Run this; whatever runs is ended by the lab."""
        self._forget()
        self.options, self.phase, self._all_told = options, Phase.STARTING, False
        self._question = asyncio.create_task(self._start(options, self._question))

    def _forget(self) -> None:
        self.show = self._next = self.result = self.tournament = self.failure = self.progress = None
        self.ready = []

    async def _start(self, options: Options, unanswered: asyncio.Task[News] | None) -> News:
        """A question that was asked before is answered first; its answer belongs to the run before."""
        if unanswered is not None:
            try:
                await unanswered
            except LabError:
                self._bury()
        link = self._link = self._link or await self._connect()
        link.start(options)
        return await link.ask()

    def _bury(self) -> None:
        """The lab is gone; the next run starts another."""
        link, self._link = self._link, None
        if link is not None:
            self._burials.add(asyncio.create_task(link.close()))

    def stop(self) -> None:
        """End the run; what was recorded stays."""
        if self._link is not None and self.running:
            self._link.stop()

    def poll(self) -> bool:
        """Take in an answer, ask again; returns whether something was new."""
        if self._question is None or not self._question.done():
            return False
        question, self._question = self._question, None
        try:
            news = question.result()
        except (LabError, OSError) as error:
            self._lost(error)
            return True
        self._take(news)
        if not self._all_told and self._link is not None:
            self._question = asyncio.create_task(self._link.ask())
        return True

    def _lost(self, error: LabError | OSError) -> None:
        self._bury()
        known = error if isinstance(error, LabError) else LabError("the lab did not start", detail=str(error))
        self._end(Phase.FAILED)
        self.failure, self._all_told = Failure(known.what, known.detail, known.hint), True

    def _take(self, news: News) -> None:
        """In the order that News promises: opened, feeds, progress, result."""
        if news.opened is not None:
            self._open(news.opened)
        newest = self._next or self.show
        if newest is not None and (news.feeds or newest.live):
            newest.take([(feed.target, newest.recording.take(feed)) for feed in news.feeds], news.at_ns)
        if news.progress is not None:
            self._take_progress(news.progress)
        self.result = news.result or self.result
        self.failure = news.failure or self.failure
        self.tournament = news.tournament or self.tournament
        self._all_told = not news.running and not news.feeds
        if not news.running and self.running:
            ranked = bool(self.tournament and self.progress and self.progress.phase == "finished")
            self._end(Phase.FAILED if self.failure else Phase.OVER if self.result or ranked else Phase.STOPPED)
        if self._all_told and newest is not None:
            newest.close(whole=self.phase is Phase.OVER)

    def _open(self, opened: Opened) -> None:
        fresh = Show(Recording(opened))
        if self.show is None:
            self.show = fresh
        else:
            self.show.close(whole=True)
            self._next = fresh
        self.phase = Phase.RECORDING

    def _take_progress(self, progress: Progress) -> None:
        self.progress = progress
        if progress.phase == "starting":
            self.ready.append(progress.words)

    def _end(self, phase: Phase) -> None:
        self.phase = phase
        for show in (self.show, self._next):
            if show is not None:
                show.close(whole=phase is Phase.OVER)

    def turn(self) -> bool:
        """When a round has been shown to its end, go on to the newest; returns whether there was one.

        The last one (round 0) holds the rounds that the figures come from. It is shown as it ended: the same
        run need not be watched twice.
        """
        if self._next is None or self.show is None or not self.show.at_end:
            return False
        if self._next.recording.opened.round == 0 and not self._all_told:
            return False
        self.show, self._next = self._next, None
        if self.show.recording.opened.round == 0:
            self.show.to_end()
        return True

    @property
    def result_due(self) -> RunResult | None:
        """The result, once everything has been shown: nobody is told the end of the story beforehand."""
        shown = self.show is None or (self.show.at_end and self._next is None)
        return self.result if shown and self.phase is Phase.OVER else None

    async def close(self) -> None:
        """End the lab."""
        if self._question is not None:
            self._question.cancel()
        if self._link is not None:
            self._bury()
        await asyncio.gather(*self._burials)
