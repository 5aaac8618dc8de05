"""Saved runs and tournaments that are wrong inside: well packed, and changed in ways that a random seed decides."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from asgi_vs_wsgi.scenarios.storage.run_file import HEAD, MAGIC, VERSION
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD_BYTES

WRONG: tuple[Any, ...] = (
    None,
    True,
    "",
    "x" * 300,
    "\x1b[2J",
    b"",
    b"\0" * 7,
    [],
    {},
    0,
    -1,
    1,
    3,
    255,
    65_536,
    2**31,
    2**62,
    2**63 - 1,
    2**64 - 1,
    -(2**63),
    0.5,
    -0.001,
    1e-9,
    1e14,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
)
BITS = (0, 1, 2**16, 2**31, 2**32 - 1, 2**40, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1)


def unpacked(data: bytes) -> Any:
    """What a saved run holds, as plain lists and dicts."""
    return msgspec.msgpack.decode(zlib.decompress(data[HEAD.size :]), strict=False)


def packed(document: Any, level: int = 1) -> bytes:
    body = zlib.compress(msgspec.msgpack.encode(document), level)
    return HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body


def mutant(data: bytes, seed: int) -> bytes:
    """One file: most of the time its document is changed, else its bytes."""
    dice = random.Random(seed)
    if dice.random() < 0.1:
        return _bytes(bytearray(data), dice)
    document = unpacked(data)
    change(document, dice)
    return packed(document)


def mutant_ranking(data: bytes, seed: int) -> bytes:
    """The same of a JSON document."""
    dice = random.Random(seed)
    if dice.random() < 0.1:
        return _bytes(bytearray(data), dice)
    document = msgspec.json.decode(data)
    change(document, dice)
    return msgspec.json.encode(_plain(document))


def change(document: Any, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        places = list(_places(document))
        # Many small figures should not hide the few columns.
        kinds = {kind: [place for place in places if type(place[0][place[1]]) is kind] for kind in (bytes, str)}
        few = [place for chosen in kinds.values() for place in chosen]
        _one(*dice.choice(few if few and dice.random() < 0.5 else places), dice, places)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _one(parent: Any, key: Any, dice: random.Random, places: list[tuple[Any, Any]]) -> None:
    value = parent[key]
    if dice.random() < 0.05:
        del parent[key]
    elif dice.random() < 0.05:
        parent[key] = dice.choice(WRONG)
    elif dice.random() < 0.06:
        other, its = dice.choice(places)
        parent[key] = other[its] if not isinstance(other[its], dict | list) else dice.choice(WRONG)
    elif isinstance(value, bytes):
        parent[key] = _column(bytearray(value), dice)
    elif isinstance(value, str):
        parent[key] = _text(value, dice)
    elif isinstance(value, bool) or value is None:
        parent[key] = dice.choice((True, False, None))
    elif isinstance(value, int):
        parent[key] = dice.choice((-value, min(value * 1000, 2**63), value + 1, value - 1, 0, value // 7, 2**40))
    elif isinstance(value, float):
        parent[key] = dice.choice((-value, value * 1000, 0.0, value / 7, 1e12, 1e-12, 5e-324, float("nan")))
    elif isinstance(value, list):
        parent[key] = dice.choice((value[:-1], value[1:], value * 2, value[::-1], []))
    else:
        parent[key] = {f"{name}x": each for name, each in value.items()} if dice.random() < 0.5 else {}


def _column(value: bytearray, dice: random.Random) -> bytes:
    if not value:
        return bytes(dice.choice((1, 2, 8, RECORD_BYTES)))
    choice = dice.random()
    if choice < 0.15:
        return bytes(value[: dice.randrange(len(value))])
    if choice < 0.25:
        return bytes(value) * 2
    if choice < 0.35:
        return bytes(dice.randrange(256) for _ in value)
    for _ in range(dice.choice((1, 1, 3, 10))):
        size = dice.choice((1, 8, 8, RECORD_BYTES))
        if len(value) < size:
            continue
        at = dice.randrange(len(value) // size) * size
        if size == 1:
            value[at] = dice.randrange(256)
        elif size == 8:
            old = struct.unpack_from("<Q", value, at)[0]
            near = min(max(0, old + dice.randrange(-(10**9), 10**9)), 2**64 - 1)
            struct.pack_into("<Q", value, at, dice.choice((near, near, *BITS)))
        else:
            other = dice.randrange(len(value) // size) * size
            value[at : at + size], value[other : other + size] = value[other : other + size], value[at : at + size]
    return bytes(value)


def _text(value: str, dice: random.Random) -> str:
    lines = value.splitlines(keepends=True)
    if len(lines) < 2:
        return dice.choice((value[1:], value + "x", value.upper(), "", "\u2028", "a[b]\\"))
    at = dice.randrange(len(lines))
    if dice.random() < 0.4:
        return "".join(lines[:at] + lines[at + 1 :])
    if dice.random() < 0.5:
        return "".join(sign if not sign.isdigit() else dice.choice("0123456789") for sign in value)
    return "".join(dice.sample(lines, len(lines)))


def _bytes(data: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 3, 20))):
        at = dice.randrange(len(data))
        choice = dice.random()
        if choice < 0.5:
            data[at] = dice.randrange(256)
        elif choice < 0.75:
            del data[at:]
        else:
            data[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(40)))
        if not data:
            return b""
    if dice.random() < 0.5 and len(data) > HEAD.size:  # as whoever made it would: its sums are right
        data[: HEAD.size] = HEAD.pack(MAGIC, VERSION, len(data) - HEAD.size, zlib.crc32(data[HEAD.size :]))
    return bytes(data)


def _plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value
