"""The size of a cell, and what can be drawn in it.

12 × 24 divides into eighths and quarters, and is what most monospace fonts take at 20 units: six tenths of their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 12.0, 24.0
FONT_SIZE = 20
BASELINE = 18
LIGHT, HEAVY = 2.0, 4.0
"""Thickness of the lines of a box."""


class Rect(NamedTuple):
    """From the upper left corner of its cell, or of the picture."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Rect:
        """The same elsewhere."""
        return Rect(self.x + x, self.y + y, self.width, self.height)


class Curve(NamedTuple):
    """A line of LIGHT thickness through these points; `bends` where the middle one only pulls at it."""

    points: tuple[tuple[float, float], ...]
    bends: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a sign is drawn with instead of a font's letter."""

    rects: tuple[Rect, ...] = ()
    curves: tuple[Curve, ...] = ()
    shade: int = 0
    """Of the whole cell: 25, 50 or 75 per cent in dots."""
