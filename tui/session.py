"""What the screen knows: which lab it talks to, what that lab does, and the recording that is shown.

    begin ──► STARTING ──opened──► RECORDING ──result──► OVER
                  │                    └──stop──► STOPPED
                  └── failure, or the lab died ──► FAILED
    open ───► OPENING ──all is read──► OVER

`poll` is called once a frame: it takes in the answer to the last question, if it has come, and asks the next.
Knows nothing of Textual.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Protocol

from scenarios.definition import Scenario
from scenarios.errors import LabError
from scenarios.experiment import Options
from scenarios.lab.messages import Failure, News, Opened, Progress
from scenarios.result import RunResult
from scenarios.saved.run import SavedRun
from scenarios.tournament.standings import Tournament
from tui.clock import Clock, wall_clock
from tui.recording import Recording
from tui.replayed import Opening, scenario_of
from tui.show import Show

OPENING_S = 0.25
"""At a time, for reading a saved run: nobody waits longer for the answer to a key."""
AHEAD_S = 0.008
"""Of each frame, for what a jump into an opened run would have to work out: the frame is still drawn in time."""


class Phase(Enum):
    """Where the screen is in a run."""

    STILL = "still"
    """Nothing was run: what is shown, if anything, was recorded earlier."""
    OPENING = "opening"
    """A saved run is being read."""
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


@contextmanager
def _kept() -> Iterator[None]:
    """Nothing that is made meanwhile is garbage before another run is opened; looking for some takes longer than it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Session:
    """One person's conversation with the lab."""

    def __init__(self, connect: Connect, clock: Clock = wall_clock, *, animated: bool = True) -> None:
        self._connect = connect
        self._clock = clock
        self.animated = animated
        """Whether what is recorded is shown by a playhead that moves."""
        self._link: Link | None = None
        self._question: asyncio.Task[News] | None = None
        self._unanswered: asyncio.Task[News] | None = None
        """A question about a run that nobody looks at any more; the lab answers one after another."""
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
        self.notice = ""
        """What went wrong beside the run; whoever tells it takes it away."""
        self.opening: Opening | None = None
        """A saved run that is being read."""
        self._ahead: Iterator[None] | None = None
        """What is worked out for the saved run that has just been opened, before somebody asks for it."""
        self.own_scenario: Scenario | None = None
        """Of a saved run: as it was then."""
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
        ready = self.opening is None and self._ahead is None
        return not self.running and self._all_told and self._question is None and ready

    def show_still(self, show: Show) -> None:
        """Show a recording made earlier, at its end, as a picture."""
        self.show = show
        show.to_end()

    def open(self, saved: SavedRun) -> None:
        """Read a saved run, some slices of it in each `poll`; what the lab may still have to tell is dropped."""
        self.stop()
        self._forget()
        gc.unfreeze()
        gc.collect()  # the run before is full of circles
        self._begin_to_open(saved)

    def _begin_to_open(self, saved: SavedRun) -> None:
        self._unanswered, self._question, self._all_told = self._question or self._unanswered, None, True
        self.options, self.own_scenario = Options(saved.scenario.name), scenario_of(saved)
        self.phase, self.opening = Phase.OPENING, Opening(saved)

    def replay(self, saved: SavedRun) -> None:
        """The same at once: its playhead is at its start, and its result is due at its end."""
        self._begin_to_open(saved)
        while self.opening is not None:
            self._open_on()

    def _open_on(self) -> None:
        """A slice more."""
        opening = self.opening
        if opening is not None and opening.go_on():
            self.show, self.result, self.opening = opening.show, opening.saved.result, None
            self.show.animated = self.animated
            self.phase = Phase.OVER

    def begin(self, options: Options) -> None:
        """Run this; whatever runs is ended by the lab."""
        self._forget()
        self.options, self.phase, self._all_told = options, Phase.STARTING, False
        self._question = asyncio.create_task(self._start(options, self._question or self._unanswered))
        self._unanswered = None

    def _forget(self) -> None:
        self.show = self._next = self.result = self.tournament = self.failure = self.progress = None
        self.opening = self.own_scenario = self._ahead = None
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
        if self.opening is not None:
            return self._open_for_a_frame()
        if self._ahead is not None:
            self._work_ahead(self._ahead)
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

    def _open_for_a_frame(self) -> bool:
        end_s = self._clock() + OPENING_S
        with _kept():
            while self.opening is not None and self._clock() < end_s:
                self._open_on()
        if self.opening is None and self.show is not None:
            self._ahead = self.show.work_ahead()
        return True

    def _work_ahead(self, steps: Iterator[None]) -> None:
        end_s = self._clock() + AHEAD_S
        with _kept():
            while self._ahead is not None and self._clock() < end_s:
                self._ahead = steps if next(steps, False) is None else None

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
        self.notice = news.notice or self.notice
        self._all_told = not news.running and not news.feeds
        if not news.running and self.running:
            ranked = bool(self.tournament and self.progress and self.progress.phase == "finished")
            self._end(Phase.FAILED if self.failure else Phase.OVER if self.result or ranked else Phase.STOPPED)
        if self._all_told and newest is not None:
            newest.close(whole=self.phase is Phase.OVER)

    def _open(self, opened: Opened) -> None:
        fresh = Show(Recording(opened), animated=self.animated)
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
        for question in (self._question, self._unanswered):
            if question is not None:
                question.cancel()
        if self._link is not None:
            self._bury()
        await asyncio.gather(*self._burials)
