"""A Frame as an SVG that needs nothing else: no style sheet, no font from anywhere, the same bytes every time.

<svg>
  <title>
  <path> for each colour of a ground, then of shapes, then of shades (as patterns); arcs as strokes
  <g> for each look of text, and in it a <text> for each piece, stretched to its cells in whatever font there is
</svg>
"""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.text.plain_text import harmless
from asgi_vs_wsgi.tui.capture.cell import BASELINE, FONT_SIZE, HEIGHT, LIGHT, WIDTH, Curve
from asgi_vs_wsgi.tui.capture.frame import Frame, Look
from asgi_vs_wsgi.tui.capture.rectangles import joined, number, path_data
from asgi_vs_wsgi.tui.capture.strokes import Piece, Strokes, strokes_of

MARGIN = 12
ROUNDED = 10
FONTS = "ui-monospace,'DejaVu Sans Mono','Cascadia Mono','SF Mono',Menlo,Consolas,'Liberation Mono',monospace"
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
    yield f'<g font-family="{FONTS}" font-size="{FONT_SIZE}">'
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
