"""Signs drawn as shapes, since their neighbours must meet without a seam whatever the font: blocks, braille, boxes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
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


PLACES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
DOT = 3.0


def braille(sign: str) -> Shape:
    """A square dot for each bit, evenly spread, so that neighbouring cells make one raster."""
    code = ord(sign) - 0x2800
    return Shape(rects=tuple(_dot(*place) for bit, place in enumerate(PLACES) if code >> bit & 1))


def _dot(column: int, row: int) -> Rect:
    x, y = (column + 0.5) * WIDTH / 2, (row + 0.5) * HEIGHT / 4
    return Rect(x - DOT / 2, y - DOT / 2, DOT, DOT)


DIRECTIONS = {
    "UP": "u",
    "DOWN": "d",
    "LEFT": "l",
    "RIGHT": "r",
    "VERTICAL": "ud",
    "HORIZONTAL": "lr",
}
WEIGHTS = {"LIGHT": 1, "SINGLE": 1, "HEAVY": 2, "DOUBLE": 3}
DASHES = {"DOUBLE DASH ": 2, "TRIPLE DASH ": 3, "QUADRUPLE DASH ": 4}


class Arms(NamedTuple):
    """`weights` of the arms u, d, l and r that the sign has: 1 light, 2 heavy, 3 double."""

    weights: dict[str, int]
    arc: bool = False
    diagonal: bool = False
    dashes: int = 1


def arms_of(sign: str) -> Arms:
    """Of U+2500 to U+257F."""
    name = unicodedata.name(sign).removeprefix("BOX DRAWINGS ")
    if "DIAGONAL" in name:
        return Arms({}, diagonal=True)
    dashes = 1
    for words, count in DASHES.items():
        if words in name:
            name, dashes = name.replace(words, ""), count
    return Arms(_weights(name.replace("ARC ", "").replace("AND ", "").split()), "ARC" in name, dashes=dashes)


def _weights(words: list[str]) -> dict[str, int]:
    """Each direction has the weight before it where the name begins with one, else the weight after it."""
    if words[0] not in WEIGHTS:
        words = words[::-1]
    weights: dict[str, int] = {}
    weight = 1
    for word in words:
        if word in WEIGHTS:
            weight = WEIGHTS[word]
        else:
            weights |= dict.fromkeys(DIRECTIONS[word], weight)
    return weights


MIDDLE_X, MIDDLE_Y = WIDTH / 2, HEIGHT / 2
APART = 3.0
"""Of each line of a double one from the middle."""
INSIDE = APART - LIGHT / 2
OPPOSITE = {"u": "d", "d": "u", "l": "r", "r": "l"}
ACROSS = {"u": "lr", "d": "lr", "l": "ud", "r": "ud"}
THICKNESS = {1: LIGHT, 2: HEAVY, 3: LIGHT}
REACH = {0: 0.0, 1: LIGHT / 2, 2: HEAVY / 2, 3: APART + LIGHT / 2}
"""From the middle of a crossing line to its outer side."""
DIAGONALS = {
    "╱": (((WIDTH, 0.0), (0.0, HEIGHT)),),
    "╲": (((0.0, 0.0), (WIDTH, HEIGHT)),),
    "╳": (((WIDTH, 0.0), (0.0, HEIGHT)), ((0.0, 0.0), (WIDTH, HEIGHT))),
}


def box_drawing(sign: str) -> Shape:
    """The shape of a box-drawing sign."""
    arms = arms_of(sign)
    if arms.diagonal:
        return Shape(curves=tuple(Curve(points) for points in DIAGONALS[sign]))
    if arms.arc:
        return _arc("r" in arms.weights, "d" in arms.weights)
    if arms.dashes > 1:
        return Shape(rects=_dashed(arms))
    return Shape(rects=tuple(line for arm in arms.weights for line in _arm(arm, arms.weights)))


def _arc(right: bool, down: bool) -> Shape:
    """A rounded corner and the straight part below or above it."""
    turn_y = MIDDLE_Y + (MIDDLE_X if down else -MIDDLE_X)
    edge_x, edge_y = WIDTH if right else 0.0, HEIGHT if down else 0.0
    bend = Curve(((edge_x, MIDDLE_Y), (MIDDLE_X, MIDDLE_Y), (MIDDLE_X, turn_y)), bends=True)
    stem = Rect(MIDDLE_X - LIGHT / 2, min(turn_y, edge_y), LIGHT, abs(turn_y - edge_y))
    return Shape(rects=(stem,), curves=(bend,))


def _dashed(arms: Arms) -> tuple[Rect, ...]:
    """So many dashes in the cell, with gaps of half their length."""
    thick = THICKNESS[max(arms.weights.values())]
    places = [(place + 1 / 6) / arms.dashes for place in range(arms.dashes)]
    share = 2 / 3 / arms.dashes
    if "l" in arms.weights:
        return tuple(Rect(at * WIDTH, MIDDLE_Y - thick / 2, share * WIDTH, thick) for at in places)
    return tuple(Rect(MIDDLE_X - thick / 2, at * HEIGHT, thick, share * HEIGHT) for at in places)


def _arm(arm: str, weights: dict[str, int]) -> list[Rect]:
    """The lines of one arm, from its edge to where the crossing ones are."""
    double = weights[arm] == 3
    return [_line(arm, side, weights) for side in ((-1, 1) if double else (0,))]


def _line(arm: str, side: int, weights: dict[str, int]) -> Rect:
    """`side`: -1 for the upper or left line of a double one, 1 for the other, 0 for a single one."""
    thick = THICKNESS[weights[arm]]
    forward = 1 if arm in "rd" else -1
    inner = _inner(arm, side, weights) * forward
    if arm in "lr":
        start, edge = MIDDLE_X + inner, WIDTH if forward > 0 else 0.0
        return Rect(min(start, edge), MIDDLE_Y + side * APART - thick / 2, abs(edge - start), thick)
    start, edge = MIDDLE_Y + inner, HEIGHT if forward > 0 else 0.0
    return Rect(MIDDLE_X + side * APART - thick / 2, min(start, edge), thick, abs(edge - start))


def _inner(arm: str, side: int, weights: dict[str, int]) -> float:
    """How far from the middle a line begins, towards its edge; below 0 it begins beyond the middle."""
    across = [weights.get(each, 0) for each in ACROSS[arm]]
    goes_through = OPPOSITE[arm] in weights
    if side == 0:
        return INSIDE if min(across) == 3 and not goes_through else -max(map(REACH.__getitem__, across))
    near, far = across if side < 0 else across[::-1]
    if near:
        return INSIDE if near == 3 else -LIGHT / 2
    return 0.0 if goes_through else -REACH[far]


KINDS = ((0x2500, 0x257F, box_drawing), (0x2580, 0x259F, block), (0x2800, 0x28FF, braille))


@lru_cache(maxsize=1024)
def shape_of(sign: str) -> Shape | None:
    """None for what is a letter in a font."""
    if len(sign) != 1 or sign < "\u2500":
        return None
    return next((draw(sign) for first, last, draw in KINDS if first <= ord(sign) <= last), None)
