"""The tables of a font that choosing one looks at, made by hand: there is nothing to draw in it."""

from __future__ import annotations

import struct


def made_font(family: str, signs: str, *, post=0, panose: bytes | None = None, style=0, long=True) -> bytes:
    """A font with these signs; `panose` None leaves the table out."""
    tables = {
        b"cmap": struct.pack(">HHHHL", 0, 1, 3, 10 if long else 1, 12) + (_groups if long else _segments)(signs),
        b"head": bytes(44) + struct.pack(">H", style) + bytes(8),
        b"name": _name(family),
        b"post": bytes(12) + struct.pack(">L", post) + bytes(16),
    }
    if panose is not None:
        tables[b"OS/2"] = bytes(32) + panose + bytes(36)
    return _file(tables)


def in_collection(font: bytes) -> bytes:
    """A collection of this one font: its tables are counted from the beginning of the file."""
    before = 16
    count = struct.unpack_from(">H", font, 4)[0]
    moved = bytearray(font)
    for entry in range(12, 12 + 16 * count, 16):
        struct.pack_into(">L", moved, entry + 8, struct.unpack_from(">L", font, entry + 8)[0] + before)
    return b"ttcf" + struct.pack(">LLL", 0x10000, 1, before) + bytes(moved)


def _file(tables: dict[bytes, bytes]) -> bytes:
    at, directory, body = 12 + 16 * len(tables), b"", b""
    for tag, data in tables.items():
        directory += tag + struct.pack(">LLL", 0, at + len(body), len(data))
        body += data
    return struct.pack(">LHHHH", 0x10000, len(tables), 0, 0, 0) + directory + body


def _name(family: str) -> bytes:
    words = family.encode("utf-16-be")
    return struct.pack(">HHH", 0, 1, 18) + struct.pack(">6H", 3, 1, 0x409, 1, len(words), 0) + words


def _groups(signs: str) -> bytes:
    """Format 12, a group for each sign."""
    groups = b"".join(struct.pack(">LLL", ord(sign), ord(sign), at + 1) for at, sign in enumerate(sorted(signs)))
    return struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, len(signs)) + groups


def _segments(signs: str) -> bytes:
    """Format 4, one segment with a glyph for each sign in it, and the last one that the format asks for."""
    first, last = ord(min(signs)), ord(max(signs))
    glyphs = [int(chr(code) in signs) for code in range(first, last + 1)]
    ends, starts, deltas = (last, 0xFFFF), (first, 0xFFFF), (0, 1)
    columns = struct.pack(">2HH2H2H2H", *ends, 0, *starts, *deltas, 4, 0)
    return struct.pack(">7H", 4, 0, 0, 4, 0, 0, 0) + columns + struct.pack(f">{len(glyphs)}H", *glyphs)
