"""Reads a saved run; whatever is wrong with the file is one clear line."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from scenarios.errors import BadInput
from scenarios.saved.harmless_strings import with_harmless_strings
from scenarios.saved.run import HEAD, MAGIC, VERSION, SavedRun

_AGAIN = "save the run again with `run SCENARIO --save FILE`"


def read_run(file: Path) -> SavedRun:
    """The run in `file`; BadInput for a file that is missing, no saved run, truncated, corrupted or newer."""
    body = _body(file, _read(file))
    try:
        return with_harmless_strings(msgspec.msgpack.decode(zlib.decompress(body), type=SavedRun))
    except (zlib.error, msgspec.DecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}", hint=_AGAIN) from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}", hint="name a file that `run --save` wrote") from None


def _body(file: Path, data: bytes) -> bytes:
    if not data.startswith(MAGIC):
        raise BadInput(f"{file} is no saved run", hint="name a file that `run --save` wrote")
    if len(data) < HEAD.size:
        raise BadInput(f"{file} is cut off", hint=_AGAIN)
    _, version, length, checksum = HEAD.unpack_from(data)
    if version > VERSION:
        raise BadInput(f"{file} was saved by a newer version (format {version})", hint="upgrade asgi-vs-wsgi-tui")
    body = data[HEAD.size :]
    if len(body) < length:
        raise BadInput(f"{file} is cut off: {len(body)} of {length} bytes are there", hint=_AGAIN)
    if len(body) > length or zlib.crc32(body) != checksum:
        raise BadInput(f"{file} is corrupted", hint=_AGAIN)
    return body
