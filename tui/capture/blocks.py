"""Block elements, U+2580 to U+259F: parts of a cell that meet those of the next one.

▀▄ halves   ▁▂▃▅▆▇ eighths from below   ▉▊▋▌▍▎▏ from the left   ▐▔▕ the other sides   ▖▗▘▙▚▛▜▝▞▟ quarters   ░▒▓ dots
"""

from __future__ import annotations

from asgi_vs_wsgi.tui.capture.cell import HEIGHT, WIDTH, Rect, Shape

SHADES = {"░": 25, "▒": 50, "▓": 75}
SIDES = {"▀": (0, 0, 1, 0.5), "▐": (0.5, 0, 0.5, 1), "▔": (0, 0, 1, 1 / 8), "▕": (7 / 8, 0, 1 / 8, 1)}
QUARTERS = ((1, 0.0, 0.0), (2, 0.5, 0.0), (4, 0.0, 0.5), (8, 0.5, 0.5))
QUARTERS_OF = dict(zip("▖▗▘▙▚▛▜▝▞▟", (4, 8, 1, 13, 9, 7, 11, 2, 6, 14), strict=True))


def block(sign: str) -> Shape:
    """The shape of a block element."""
    if sign in SHADES:
        return Shape(shade=SHADES[sign])
    return Shape(rects=tuple(_part(*part) for part in _parts(sign)))


def _part(x: float, y: float, width: float, height: float) -> Rect:
    return Rect(x * WIDTH, y * HEIGHT, width * WIDTH, height * HEIGHT)


def _parts(sign: str) -> list[tuple[float, float, float, float]]:
    """In parts of the cell."""
    if sign in QUARTERS_OF:
        return [(x, y, 0.5, 0.5) for bit, x, y in QUARTERS if QUARTERS_OF[sign] & bit]
    if sign in SIDES:
        return [SIDES[sign]]
    code = ord(sign)
    if 0x2581 <= code <= 0x2588:
        height = (code - 0x2580) / 8
        return [(0, 1 - height, 1, height)]
    return [(0, 0, (0x2590 - code) / 8, 1)]
