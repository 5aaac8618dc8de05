"""What choosing a font needs to know of a file: its family, its style, whether its letters are equally wide, its signs.

fontTools reads it, one table at a time: fonts are large and many.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont

logging.getLogger("fontTools").addHandler(logging.NullHandler())  # remarks on a font are for its makers

LATIN_TEXT, MONOSPACED = 2, 9
"""PANOSE: https://learn.microsoft.com/typography/opentype/spec/os2#panose"""


class Face(NamedTuple):
    """A font, as a renderer names it."""

    family: str
    fixed: bool
    bold: bool
    italic: bool


class FontFile:
    """The first font of a file. ValueError for what cannot be understood, however it is broken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with self._open() as font:
                self.face = _face(font)
        except Exception as error:  # fontTools lets through whatever a broken table makes its reader stumble over
            raise ValueError(f"{path}: {error}") from None

    @contextmanager
    def _open(self) -> Iterator[TTFont]:
        """The file is opened here, since TTFont leaves one open that it cannot read."""
        with self._path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            yield font

    @cached_property
    def _signs(self) -> frozenset[str]:
        """Those that it has a letter for; none where the map cannot be read."""
        try:
            with self._open() as font:
                return frozenset(map(chr, font.getBestCmap() or ()))
        except Exception:  # as above
            return frozenset()

    def lacks(self, signs: Iterable[str]) -> frozenset[str]:
        """Which of these it has no letter for."""
        return frozenset(signs) - self._signs


def _face(font: TTFont) -> Face:
    family, style = font["name"].getBestFamilyName(), font["head"].macStyle
    if not family:
        raise ValueError("it has no name")
    return Face(family, _is_fixed(font), bool(style & 1), bool(style & 2))


def _is_fixed(font: TTFont) -> bool:
    """Either of two places says so: Inconsolata and FreeMono leave the first one empty."""
    if font["post"].isFixedPitch or "OS/2" not in font:
        return bool(font["post"].isFixedPitch)
    panose = font["OS/2"].panose
    return (panose.bFamilyType, panose.bProportion) == (LATIN_TEXT, MONOSPACED)
