"""Keeps drawing within a share of a core: where a frame costs much, fewer frames are drawn; the playhead does not care.

many lanes, or a slow machine     30 ► 24 ► 20 ► 15 ► 10 frames a second
few lanes                         and back
"""

from __future__ import annotations

import time
from collections.abc import Callable

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
