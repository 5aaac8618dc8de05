"""A Frame as an SVG that needs nothing else: no style sheet, no font from anywhere, the same bytes every time.

<svg>
  <title>
  <path> for each colour of a ground, then of shapes, then of shades (as patterns); arcs as strokes
  <g> for each look of text, and in it a <text> for each piece, stretched to its cells in whatever font there is
</svg>
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.untrusted_text import harmless
from asgi_vs_wsgi.tui.capture.glyph_shapes import (
    BASELINE,
    FONT_SIZE,
    HEIGHT,
    LIGHT,
    WIDTH,
    Curve,
    Rect,
    Shape,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Run


def joined(rects: Iterable[Rect]) -> list[Rect]:
    """Side by side first, then one below the other; from top to bottom."""
    rows = _chain(sorted(rects, key=itemgetter(1, 3, 0)), along=0)
    return sorted(_chain(sorted(rows, key=itemgetter(0, 2, 1)), along=1), key=itemgetter(1, 0))


def _chain(rects: list[Rect], *, along: int) -> list[Rect]:
    """Join neighbours in x (0) or y (1) that have the same place and size in the other direction."""
    chained: list[Rect] = []
    for rect in rects:
        last = chained[-1] if chained else None
        if last and _same(last, rect, 1 - along) and last[along] <= rect[along] <= last[along] + last[along + 2]:
            chained[-1] = _longer(last, rect, along)
        else:
            chained.append(rect)
    return chained


def _same(one: Rect, other: Rect, direction: int) -> bool:
    return (one[direction], one[direction + 2]) == (other[direction], other[direction + 2])


def _longer(one: Rect, other: Rect, along: int) -> Rect:
    end = max(one[along] + one[along + 2], other[along] + other[along + 2])
    if along == 0:
        return one._replace(width=end - one.x)
    return one._replace(height=end - one.y)


def path_data(rects: Iterable[Rect]) -> str:
    """All of them as the `d` of one path."""
    return "".join(
        f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h{number(-width)}z" for x, y, width, height in rects
    )


def number(value: float) -> str:
    """As short as it can be written; a thousandth of a cell is too little to see."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


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

    def add_shape(self, column: int, line: int, ink: str, shape: Shape) -> None:
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
            strokes.add_shape(column, line, run.look.ink, shape)
        else:
            strokes.text[run.look].append(Piece(column, line, width, text))


def _pieces(run: Run) -> list[tuple[int, int, str]]:
    """(column, width, text) of words and signs."""
    if not run.one_cell_each:
        return [(run.column, run.width, run.text)]
    found = WORDS_OR_SIGN.finditer(run.text)
    return [(run.column + match.start(), match.end() - match.start(), match[0]) for match in found]


MARGIN = 12
ROUNDED = 10
FONTS = "ui-monospace,'DejaVu Sans Mono','Cascadia Mono','SF Mono',Menlo,Consolas,'Liberation Mono',monospace"
FONT_FAMILY = f'font-family="{FONTS}"'
"""Of whoever looks at it."""
TILE = 6
DOTS = {25: "M0 0h2v2h-2zM3 3h2v2h-2z", 50: "M0 0h3v3h-3zM3 3h3v3h-3z", 75: "M0 0h6v6h-6zM1 1v2h2v-2zM4 4v2h2v-2z"}
"""How the tile of a shade is filled; 12 × 24 is a whole number of tiles, so cells join."""


def svg(frame: Frame) -> str:
    """The picture, in a margin of its own ground."""
    width, height = frame.columns * WIDTH + 2 * MARGIN, frame.lines * HEIGHT + 2 * MARGIN
    size = f'width="{width:g}" height="{height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:g} {height:g}" role="img">'
    page = f'<rect {size} rx="{ROUNDED}" fill="{frame.page.ground}"/>'
    body = [*_drawn(strokes_of(frame)), "</g>", "</svg>", ""]
    move = f'<g transform="translate({MARGIN} {MARGIN})">'
    return "\n".join([head, f"<title>{_escaped(frame.title)}</title>", page, move, *body])


def _drawn(strokes: Strokes) -> Iterator[str]:
    yield '<g shape-rendering="crispEdges">'
    for filled in (strokes.grounds, strokes.shapes):
        for colour, rects in filled.items():
            yield f'<path fill="{colour}" d="{path_data(joined(rects))}"/>'
    yield "</g>"
    for (percent, colour), rects in strokes.shades.items():
        name = f"dots-{percent}-{colour[1:]}"
        yield _pattern(name, percent, colour)
        yield f'<path fill="url(#{name})" d="{path_data(joined(rects))}"/>'
    for colour, curves in strokes.curves.items():
        path = "".join(_curve(*curve) for curve in curves)
        yield f'<path fill="none" stroke="{colour}" stroke-width="{LIGHT:g}" d="{path}"/>'
    yield from _text(strokes.text)


def _pattern(name: str, percent: int, colour: str) -> str:
    """Named by what it is: two pictures on one page may share it."""
    tile = f'width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse"'
    dots = f'<path fill="{colour}" shape-rendering="crispEdges" d="{DOTS[percent]}"/>'
    return f'<pattern id="{name}" {tile}>{dots}</pattern>'


def _curve(column: int, line: int, curve: Curve) -> str:
    points = [f"{number(x + column * WIDTH)} {number(y + line * HEIGHT)}" for x, y in curve.points]
    return f"M{points[0]}{'Q' if curve.bends else 'L'}{' '.join(points[1:])}"


def _escaped(words: str) -> str:
    """As content of an element; what XML cannot hold is none of it."""
    return harmless(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: dict[Look, list[Piece]]) -> Iterator[str]:
    yield f'<g {FONT_FAMILY} font-size="{FONT_SIZE}">'
    for look, pieces in text.items():
        yield f"<g {_attributes(look)}>"
        yield from (_piece(piece) for piece in pieces)
        yield "</g>"
    yield "</g>"


def _attributes(look: Look) -> str:
    lines = " ".join(["underline"] * look.underline + ["line-through"] * look.struck)
    return f'fill="{look.ink}"' + "".join(
        [
            ' font-weight="bold"' * look.bold,
            ' font-style="italic"' * look.italic,
            f' text-decoration="{lines}"' if lines else "",
        ]
    )


def _piece(piece: Piece) -> str:
    x, y = piece.column * WIDTH, piece.line * HEIGHT + BASELINE
    length = f'textLength="{piece.width * WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y:g}" {length}>{_escaped(piece.text)}</text>'
