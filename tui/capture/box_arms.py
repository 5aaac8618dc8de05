"""What the lines of a box-drawing sign are, by its Unicode name: which arms it has, and how heavy each is.

BOX DRAWINGS LIGHT DOWN AND RIGHT             a weight, then its directions
BOX DRAWINGS RIGHT HEAVY AND LEFT DOWN LIGHT  directions, then their weight
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

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
