"""Braille patterns, U+2800 to U+28FF: charts draw with their dots, and few monospace fonts have them.

bits   0 3
       1 4
       2 5
       6 7
"""

from __future__ import annotations

from asgi_vs_wsgi.tui.capture.cell import HEIGHT, WIDTH, Rect, Shape

PLACES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
DOT = 3.0


def braille(sign: str) -> Shape:
    """A square dot for each bit, evenly spread, so that neighbouring cells make one raster."""
    code = ord(sign) - 0x2800
    return Shape(rects=tuple(_dot(*place) for bit, place in enumerate(PLACES) if code >> bit & 1))


def _dot(column: int, row: int) -> Rect:
    x, y = (column + 0.5) * WIDTH / 2, (row + 0.5) * HEIGHT / 4
    return Rect(x - DOT / 2, y - DOT / 2, DOT, DOT)
