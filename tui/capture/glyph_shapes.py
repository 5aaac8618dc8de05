"""Which signs are drawn as shapes: those whose neighbours must meet without a seam, whatever the font."""

from __future__ import annotations

from functools import lru_cache

from asgi_vs_wsgi.tui.capture.blocks import block
from asgi_vs_wsgi.tui.capture.box_drawing import box_drawing
from asgi_vs_wsgi.tui.capture.braille import braille
from asgi_vs_wsgi.tui.capture.cell import Shape

KINDS = ((0x2500, 0x257F, box_drawing), (0x2580, 0x259F, block), (0x2800, 0x28FF, braille))


@lru_cache(maxsize=1024)
def shape_of(sign: str) -> Shape | None:
    """None for what is a letter in a font."""
    if len(sign) != 1 or sign < "\u2500":
        return None
    return next((draw(sign) for first, last, draw in KINDS if first <= ord(sign) <= last), None)
