"""How fast a recording is shown, and which stretch of the shared time axis is in view.

uvicorn took 0.25 s: at least 1.5 s on the screen, so at most at 1/6
gunicorn took 3.2 s: at most about 20 s on the screen, so at least at 1/6
"""

from __future__ import annotations

from fractions import Fraction

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


MOST_ZOOM = 12
_PAGE = 0.8


class Viewport:
    """Zoom 0 fits everything; each step halves the stretch."""

    def __init__(self) -> None:
        self.zoom = 0
        self._last_zoom = 2
        self.held: tuple[int, int] | None = None
        """A stretch that stays in view, while somebody moves the playhead on it with the mouse."""

    def change(self, steps: int) -> None:
        """Closer or further."""
        self.zoom = max(0, min(MOST_ZOOM, self.zoom + steps))

    def toggle(self) -> None:
        """From fitting everything to following the playhead, and back."""
        if self.zoom:
            self._last_zoom, self.zoom = self.zoom, 0
        else:
            self.zoom = self._last_zoom

    def stretch(self, extent_ns: int, position_ns: int) -> tuple[int, int]:
        """(from, to) in nanoseconds since the first visitor."""
        if self.held is not None:
            return self.held
        extent_ns = max(1000, extent_ns)
        if not self.zoom:
            return 0, extent_ns + extent_ns // 100
        length = max(1000, extent_ns >> self.zoom)
        page = int(length * _PAGE)
        start = max(0, position_ns - 1) // page * page
        return start, start + length
