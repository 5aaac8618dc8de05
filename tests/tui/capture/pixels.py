"""The pixels of a PNG (8 bit RGBA, not interlaced), so that tests can look at what was drawn."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

from asgi_vs_wsgi.tui.capture.glyph_shapes import HEIGHT, WIDTH
from asgi_vs_wsgi.tui.capture.png import ZOOM
from asgi_vs_wsgi.tui.capture.svg import MARGIN

Pixel = tuple[int, int, int]


class Pixels:
    def __init__(self, png: bytes) -> None:
        self.width, self.height, depth, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", png, 16)
        assert (depth, kind, interlaced) == (8, 6, 0)
        self._rows = _rows(zlib.decompress(_image(png)), self.width * 4)

    def at(self, x: int, y: int) -> Pixel:
        return tuple(self._rows[y][4 * x : 4 * x + 3])  # type: ignore[return-value]

    def cell(self, column: int, line: int, columns: int = 1, lines: int = 1) -> list[list[Pixel]]:
        """The rows of pixels of so many cells."""
        left, top = (int((MARGIN + size) * ZOOM) for size in (column * WIDTH, line * HEIGHT))
        across, down = range(int(columns * WIDTH * ZOOM)), range(int(lines * HEIGHT * ZOOM))
        return [[self.at(left + x, top + y) for x in across] for y in down]

    def colours(self, column: int, line: int, columns: int = 1, lines: int = 1) -> set[Pixel]:
        return {pixel for row in self.cell(column, line, columns, lines) for pixel in row}


def _image(png: bytes) -> bytes:
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return data


def _rows(raw: bytes, stride: int) -> list[bytes]:
    rows = [bytes(stride)]
    for at in range(0, len(raw), stride + 1):
        rows.append(_unfiltered(raw[at], bytearray(raw[at + 1 : at + 1 + stride]), rows[-1]))
    return rows[1:]


def _unfiltered(kind: int, row: bytearray, above: bytes) -> bytes:
    """https://www.w3.org/TR/png/#9Filters"""
    for index in range(len(row)):
        a, b = (row[index - 4] if index >= 4 else 0), above[index]
        c = above[index - 4] if index >= 4 else 0
        row[index] = (row[index] + (0, a, b, (a + b) // 2, _paeth(a, b, c))[kind]) & 0xFF
    return bytes(row)


def _paeth(a: int, b: int, c: int) -> int:
    guess = a + b - c
    return min((a, b, c), key=lambda each: abs(guess - each))


def changes(line: list[Pixel]) -> int:
    """How often the colour changes along a line of pixels."""
    return sum(one != other for one, other in pairwise(line))
