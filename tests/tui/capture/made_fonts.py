"""Fonts with the signs that a test asks for: a renderer would find only empty shapes in them."""

from __future__ import annotations

from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph


def made_font(family: str, signs: str, *, fixed=0, style=0) -> bytes:
    """A font with these signs."""
    builder = FontBuilder(unitsPerEm=1000)
    names = {ord(sign): f"u{ord(sign):05X}" for sign in signs}
    order = [".notdef", *names.values()]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf({name: Glyph() for name in order})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    builder.setupHorizontalHeader()
    builder.setupNameTable({"familyName": family})
    builder.setupPost(isFixedPitch=fixed)
    builder.font["head"].macStyle = style
    return _bytes(builder.font)


def in_collection(font: bytes) -> bytes:
    """A collection of this one font."""
    collection = TTCollection()
    collection.fonts = [TTFont(BytesIO(font))]
    return _bytes(collection)


def _bytes(font: TTFont | TTCollection) -> bytes:
    written = BytesIO()
    font.save(written)
    return written.getvalue()
