"""How often frames are drawn: less where the terminal is slow to take them or where drawing costs much of a core.

    takes more at every tick     30 frames a second
    is full                      none; from then on 15, 8, 4, 2
    has been ready for a while   and back, a step at a time

One that is not animated has two frames a second at most, on any terminal.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


ANIMATED = (30, 15, 8, 4, 2)


STILL = (2,)


_STEP_DOWN_S = 0.5
"""Between two steps down: what was written before has to get through first."""


_STEP_UP_S = 5.0
"""So long it must have been ready before more is asked of it."""


class OutputRateLimiter:
    """Asked before a frame whether the terminal should have it."""

    def __init__(self, rates: tuple[int, ...] = ANIMATED) -> None:
        self.ready: Callable[[], bool] = lambda: True
        """Whether the terminal takes more now."""
        self._rates = rates
        self._place = 0
        self._stepped_s = self._drawn_s = float("-inf")

    @property
    def rate(self) -> int:
        """Frames a second at most."""
        return self._rates[self._place]

    @property
    def slow(self) -> bool:
        """Whether the terminal is what holds it back."""
        return self._place > 0

    def due(self, now_s: float) -> bool:
        """Whether to draw now."""
        if not self.ready():
            self._step(1, now_s, after_s=_STEP_DOWN_S)
            return False
        if self.slow:
            self._step(-1, now_s, after_s=_STEP_UP_S)
        if self.rate < ANIMATED[0] and now_s - self._drawn_s < 1 / self.rate:
            return False
        self._drawn_s = now_s
        return True

    def _step(self, steps: int, now_s: float, *, after_s: float) -> None:
        if now_s - self._stepped_s >= after_s:
            self._place = max(0, min(len(self._rates) - 1, self._place + steps))
            self._stepped_s = now_s


RATES = (30, 24, 20, 15, 10)


MOST = 0.22
"""Of a core; what is over goes into fewer frames."""


_LOOK_EVERY_S = 0.5


class FrameBudget:
    """Asked once a tick of RATES[0] a second whether this one is to be drawn."""

    def __init__(self, cpu_clock: Callable[[], float] = time.thread_time) -> None:
        self._cpu_clock = cpu_clock
        self._place = 0
        self._credit = 0.0
        self._looked_s = 0.0
        self._cpu_s = cpu_clock()

    @property
    def rate(self) -> int:
        """Frames a second at the moment."""
        return RATES[self._place]

    def due(self, now_s: float) -> bool:
        """Whether to draw now."""
        if now_s - self._looked_s >= _LOOK_EVERY_S:
            self._look(now_s)
        self._credit = min(1.0, self._credit) + self.rate / RATES[0]
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True

    def _look(self, now_s: float) -> None:
        """How much of a core was used since the last look, and would be at the next higher rate."""
        cpu_s = self._cpu_clock()
        share = (cpu_s - self._cpu_s) / (now_s - self._looked_s)
        self._looked_s, self._cpu_s = now_s, cpu_s
        if share > MOST:
            self._place = min(len(RATES) - 1, self._place + 1)
        elif self._place and share * RATES[self._place - 1] / self.rate < MOST * 0.9:
            self._place -= 1
