"""A frame taken apart by colour: grounds, shapes and shades as rectangles, curves, and pieces of text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from asgi_vs_wsgi.tui.capture.cell import HEIGHT, WIDTH, Curve, Rect, Shape
from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Run
from asgi_vs_wsgi.tui.capture.glyph_shapes import shape_of

WORDS_OR_SIGN = re.compile("[!-\u2027]+(?: [!-\u2027]+)*|[^ ]")
"""Letters and punctuation up to U+2027 are in every font for text: words of them, with single blanks, are one piece.
What comes later may be taken from another font, of another width, and must not push its neighbours."""


class Piece(NamedTuple):
    """Text that takes so many cells from this one on."""

    column: int
    line: int
    width: int
    text: str


@dataclass(slots=True)
class Strokes:
    """By colour (a shade also by its per cent, text by its look), in the order in which the frame has them."""

    grounds: dict[str, list[Rect]] = field(default_factory=lambda: defaultdict(list))
    shapes: dict[str, list[Rect]] = field(default_factory=lambda: defaultdict(list))
    shades: dict[tuple[int, str], list[Rect]] = field(default_factory=lambda: defaultdict(list))
    curves: dict[str, list[tuple[int, int, Curve]]] = field(default_factory=lambda: defaultdict(list))
    text: dict[Look, list[Piece]] = field(default_factory=lambda: defaultdict(list))

    def add(self, column: int, line: int, ink: str, shape: Shape) -> None:
        """A sign that is drawn as a shape."""
        x, y = column * WIDTH, line * HEIGHT
        if shape.shade:
            self.shades[shape.shade, ink].append(Rect(x, y, WIDTH, HEIGHT))
        if shape.rects:
            self.shapes[ink] += [rect.moved(x, y) for rect in shape.rects]
        if shape.curves:
            self.curves[ink] += [(column, line, curve) for curve in shape.curves]


def strokes_of(frame: Frame) -> Strokes:
    """The whole frame."""
    strokes = Strokes()
    for line, row in enumerate(frame.rows):
        for run in row:
            if run.look.ground != frame.page.ground:
                ground = Rect(run.column * WIDTH, line * HEIGHT, run.width * WIDTH, HEIGHT)
                strokes.grounds[run.look.ground].append(ground)
            _draw(strokes, line, run)
    return strokes


def _draw(strokes: Strokes, line: int, run: Run) -> None:
    for column, width, text in _pieces(run):
        shape = shape_of(text)
        if shape is not None:
            strokes.add(column, line, run.look.ink, shape)
        else:
            strokes.text[run.look].append(Piece(column, line, width, text))


def _pieces(run: Run) -> list[tuple[int, int, str]]:
    """(column, width, text) of words and signs."""
    if not run.one_cell_each:
        return [(run.column, run.width, run.text)]
    found = WORDS_OR_SIGN.finditer(run.text)
    return [(run.column + match.start(), match.end() - match.start(), match[0]) for match in found]
