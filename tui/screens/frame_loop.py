"""The frames of a screen that shows a session.

Each frame takes in what the lab has said, lets the playhead move, and draws if anything differs. When nothing can
change before somebody presses a key, there are no frames.
"""

from __future__ import annotations

import time
from asyncio import get_running_loop
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from asgi_vs_wsgi.tui.terminal.output_rate import RATES, STILL, FrameBudget, OutputRateLimiter

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

    from textual.screen import Screen
    from textual.timer import Timer

    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.playback.speed import Clock

WORDS_EVERY = 3
"""Figures that change in every frame cannot be read, and cost a repaint at both ends of the screen."""


class Drawing(Protocol):
    """What a frame is drawn by."""

    def redraw(self) -> None:
        """Everything, from what is known now."""

    def draw_lanes(self) -> None:
        """What the playhead moves."""


class FrameLoop:
    """One of a screen; `pace` is how many frames the terminal takes."""

    def __init__(self, session: Session, clock: Clock, drawing: Drawing, tell: Callable[[str], None]) -> None:
        """`tell` gets what went wrong beside a run."""
        self._session, self._clock, self._drawing, self._tell = session, clock, drawing, tell
        self.resting = True
        """Whether no frames are drawn."""
        self._drawn_s = clock()
        self._news = self._moved = self._asked = False
        """What has happened since something was drawn: in the lab, to the playhead, and by a key or the mouse."""
        self._frames = 0
        self._budget = FrameBudget(lambda: time.thread_time() - session.ahead_cpu_s)
        self.pace = OutputRateLimiter() if session.animated else OutputRateLimiter(STILL)
        self._timer: Timer | None = None
        self._loop: AbstractEventLoop | None = None

    def mount(self, screen: Screen[None]) -> None:
        """Time stands still until something runs."""
        self._timer, self._loop = screen.set_interval(1 / RATES[0], self.frame, pause=True), get_running_loop()

    def frame(self) -> None:
        """Take in what is new, let the playhead move, draw if anything differs and a frame is due."""
        session, now_s = self._session, self._clock()
        elapsed_s, self._drawn_s = now_s - self._drawn_s, now_s
        self._news |= session.poll(hurried=self._asked)
        if notice := session.notice:
            session.notice = ""
            self._tell(notice)
        show = session.show
        self._moved |= show.advance(elapsed_s) if show else False
        self._news |= session.turn()
        resting = session.idle and (show is None or show.paused or show.at_end)
        if resting or self._asked or (self._budget.due(now_s) and self.pace.due(now_s)):
            self._draw(everything=resting)
        if resting:
            self._rest()

    def _draw(self, *, everything: bool) -> None:
        self._frames += self._moved
        every = WORDS_EVERY if self.pace.rate == RATES[0] else 1
        if everything or self._news or self._asked or (self._moved and self._frames % every == 0):
            self._drawing.redraw()
        elif self._moved:
            self._drawing.draw_lanes()
        self._news = self._moved = self._asked = False

    def _rest(self) -> None:
        """Nothing will change before somebody presses a key: no work at all."""
        self.resting = True
        if self._timer:
            self._timer.pause()

    def wake(self) -> None:
        """Time goes on."""
        self.resting = False
        self._drawn_s = self._clock()
        if self._timer:
            self._timer.resume()

    def ask(self) -> None:
        """The next frame shows what a hand did, and comes at once after a rest: a hand moves faster than a screen."""
        self._asked = True
        self.wake()

    def ask_from_thread(self) -> None:
        """What a thread has worked out is to be shown; nothing where the screen has gone meanwhile."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.ask)
