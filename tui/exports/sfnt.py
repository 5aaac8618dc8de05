"""Reads as much of a font file as choosing one needs: its family, whether its letters are equally wide, what it has.

TrueType, OpenType and collections of them: https://learn.microsoft.com/typography/opentype/spec/otff
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

COLLECTION = b"ttcf"
PANOSE, LATIN_TEXT, MONOSPACED = 32, 2, 9
FAMILY, TYPOGRAPHIC_FAMILY = 1, 16
UNICODE_MAPS = {(3, 10): 0, (0, 6): 1, (0, 4): 1, (3, 1): 2, (0, 3): 2, (0, 2): 3, (0, 1): 3, (0, 0): 3}
"""(platform, encoding) of a character map to its place in the order of preference."""


class Face(NamedTuple):
    """One font of a file."""

    family: str
    fixed: bool
    bold: bool
    italic: bool


class FontFile:
    """Reads one table at a time: fonts are large and many. ValueError for what cannot be understood."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self._places = _directory(file)
            self.face = self._face()
        except (struct.error, KeyError, IndexError) as error:
            raise ValueError(f"{path}: {error}") from None

    def _table(self, tag: bytes) -> Table:
        offset, length = self._places[tag]
        with self._path.open("rb") as file:
            file.seek(offset)
            return Table(file.read(length))

    def _face(self) -> Face:
        (style,) = self._table(b"head").numbers("H", 44)
        return Face(_family(self._table(b"name")), self._is_fixed(), bool(style & 1), bool(style & 2))

    def _is_fixed(self) -> bool:
        """Either of two places says so: Inconsolata and FreeMono leave the first one empty."""
        (flag,) = self._table(b"post").numbers("L", 12)
        if flag or b"OS/2" not in self._places:
            return bool(flag)
        kind, proportion = self._table(b"OS/2").numbers("B2xB", PANOSE)
        return (kind, proportion) == (LATIN_TEXT, MONOSPACED)

    def lacks(self, signs: Iterable[str]) -> frozenset[str]:
        """Which of these it has no letter for."""
        try:
            segments = list(_segments(self._table(b"cmap")))
        except (OSError, struct.error, KeyError, IndexError):
            return frozenset(signs)
        return frozenset(sign for sign in signs if not any(first <= ord(sign) <= last for first, last in segments))


class Table:
    """Numbers in a part of a file, most significant byte first."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def numbers(self, layout: str, at: int) -> tuple[int, ...]:
        """As `struct` has them."""
        return struct.unpack_from(f">{layout}", self.data, at)


def _directory(file: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """Where each table of the first font is, and how long."""
    head = Table(file.read(16))
    start = head.numbers("L", 12)[0] if head.data[:4] == COLLECTION else 0
    file.seek(start)
    (count,) = Table(file.read(12)).numbers("H", 4)
    entries = Table(file.read(16 * count))
    found = {}
    for at in range(0, 16 * count, 16):
        offset, length = entries.numbers("LL", at + 8)
        found[entries.data[at : at + 4]] = offset, length
    return found


def _family(table: Table) -> str:
    """The name under which a renderer finds it."""
    count, strings = table.numbers("HH", 2)
    names: dict[int, str] = {}
    for entry in range(6, 6 + 12 * count, 12):
        platform, _encoding, _language, kind, length, offset = table.numbers("6H", entry)
        if platform in (0, 3) and kind in (FAMILY, TYPOGRAPHIC_FAMILY):
            raw = table.data[strings + offset : strings + offset + length]
            names.setdefault(kind, raw.decode("utf-16-be", "replace"))
    return names.get(TYPOGRAPHIC_FAMILY) or names[FAMILY]


def _segments(table: Table) -> Iterator[tuple[int, int]]:
    """(first, last) code points that the font has letters for."""
    (count,) = table.numbers("H", 2)
    maps = [table.numbers("HHL", 4 + 8 * place) for place in range(count)]
    known = sorted(
        (UNICODE_MAPS[platform, encoding], offset)
        for platform, encoding, offset in maps
        if (platform, encoding) in UNICODE_MAPS
    )
    for _, offset in known:
        (layout,) = table.numbers("H", offset)
        if layout in (4, 12):
            return _short(table, offset) if layout == 4 else _long(table, offset)
    return iter(())


def _long(table: Table, at: int) -> Iterator[tuple[int, int]]:
    """Format 12: groups of code points."""
    (count,) = table.numbers("L", at + 12)
    for group in range(at + 16, at + 16 + 12 * count, 12):
        first, last, _glyph = table.numbers("LLL", group)
        yield first, last


def _short(table: Table, at: int) -> Iterator[tuple[int, int]]:
    """Format 4: segments; one that leads to glyph 0 has none."""
    (double,) = table.numbers("H", at + 6)
    count, starts_at = double // 2, at + 16 + double
    offsets_at = starts_at + 2 * double
    ends, starts, offsets = (table.numbers(f"{count}H", place) for place in (at + 14, starts_at, offsets_at))
    for place, (first, last, offset) in enumerate(zip(starts, ends, offsets, strict=True)):
        if not offset:
            yield first, last
            continue
        glyphs = table.numbers(f"{last - first + 1}H", offsets_at + 2 * place + offset)
        yield from ((code, code) for code, glyph in enumerate(glyphs, first) if glyph)
