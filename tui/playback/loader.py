"""Reads a saved run for the screen, some slices a frame, and then works out ahead what a jump into it would need."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.progressive.gc_pause import gc_paused
from asgi_vs_wsgi.tui.playback.saved_run_loader import RunLoader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.tui.playback.clock import Clock

OPENING_S = 0.25
"""At a time, for reading a saved run: nobody waits longer for the answer to a key."""
AHEAD_S = 0.008
"""Of each frame, for what a jump into an opened run would have to work out: the frame is still drawn in time."""


class BackgroundLoader:
    """One saved run after another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.opening: RunLoader | None = None
        """A saved run that is being read."""
        self._ahead: Iterator[None] | None = None
        """What is worked out for the saved run that has just been opened, before somebody asks for it."""
        self.ahead_cpu_s = 0.0
        """What that has taken of a core: it is no part of what drawing costs."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.opening is None and self._ahead is None

    def forget(self) -> None:
        """Whatever was read is not looked at any more."""
        self.opening = self._ahead = None

    def sweep(self) -> None:
        """The run before is full of circles."""
        gc.unfreeze()
        gc.collect()

    def begin(self, saved: SavedRun) -> None:
        """Read this from now on."""
        self.opening = RunLoader(saved)

    def read_on(self) -> RunLoader | None:
        """For part of a frame; the opening, once it is whole."""
        end_s = self._clock() + OPENING_S
        with gc_paused():
            while self._clock() < end_s:
                if opening := self._slice():
                    self._ahead = opening.show.work_ahead()
                    return opening
        return None

    def read_all(self) -> RunLoader:
        """At once."""
        while not (opening := self._slice()):
            pass
        return opening

    def _slice(self) -> RunLoader | None:
        opening = self.opening
        if opening is None or not opening.go_on():
            return None
        self.opening = None
        return opening

    def work_ahead(self) -> None:
        """For a small part of a frame."""
        end_s, cpu_s, steps = self._clock() + AHEAD_S, time.thread_time(), self._ahead
        with gc_paused():
            while steps is not None and self._clock() < end_s:
                steps = self._ahead = steps if next(steps, False) is None else None
        self.ahead_cpu_s += time.thread_time() - cpu_s
