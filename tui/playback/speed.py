"""How fast a recording is shown, by the clock of the person before the screen; tests bring a clock of their own.

uvicorn took 0.25 s: at least 1.5 s on the screen, so at most at 1/6
gunicorn took 3.2 s: at most about 20 s on the screen, so at least at 1/6
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

Clock = Callable[[], float]

wall_clock: Clock = time.monotonic


QUICKEST_SHOWN_S = 1.5
WHOLE_SHOWN_S = 20.0
SPEEDS = tuple(
    Fraction(*pair)
    for pair in (
        *((1, part) for part in (500, 300, 200, 100, 64, 50, 40, 32, 25, 20, 16, 12, 10, 8, 6, 5, 4, 3, 2)),
        *((times, 1) for times in (1, 2, 3, 4, 6, 8, 12, 16, 32, 64)),
    )
)
FULL = Fraction(1)
UNKNOWN = Fraction(1, 6)
"""While nothing is known: about right for the default scenario."""


def speed_for(quickest_ns: int, whole_ns: int) -> Fraction:
    """The speed at which the quickest target and the whole both suit the eye; the whole has the last word."""
    if not quickest_ns:
        return UNKNOWN
    wish = max(min(1.0, quickest_ns / 1e9 / QUICKEST_SHOWN_S), whole_ns / 1e9 / WHOLE_SHOWN_S)
    return min(SPEEDS, key=lambda speed: abs(float(speed) - wish) / min(float(speed), wish))


def neighbour(speed: Fraction, steps: int) -> Fraction:
    """The next faster or slower speed."""
    return SPEEDS[max(0, min(len(SPEEDS) - 1, SPEEDS.index(speed) + steps))]
