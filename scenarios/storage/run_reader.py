"""Reads a saved run; whatever is wrong with the file is one clear line, and costs no more memory than a bound."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.harmless_strings import with_harmless_strings
from asgi_vs_wsgi.scenarios.storage.run_file import HEAD, MAGIC, VERSION, SavedRun, body_limit
from asgi_vs_wsgi.scenarios.storage.run_validation import fault_of_ranking, fault_of_run
from asgi_vs_wsgi.scenarios.storage.tournament_file import KeptTournament

_AGAIN = "save the run again with `run SCENARIO --save FILE`"
_ANOTHER = "name a file that `run --save` wrote"
MOST_RANKING_BYTES = 20_000_000


def read_run(file: Path) -> SavedRun:
    """The run in `file`, checked: whoever has it need not doubt it.

    BadInput for a file that is missing, no saved run, truncated, corrupted, newer, or wrong inside.
    """
    unpacked = _unpacked(file, _read(file))
    try:
        saved = with_harmless_strings(msgspec.msgpack.decode(unpacked, type=SavedRun))
    except (msgspec.DecodeError, ValueError, RecursionError, MemoryError) as error:  # a ValueError: text not in UTF-8
        raise BadInput(f"{file} cannot be read: {str(error) or 'it is nested too deeply'}", hint=_AGAIN) from None
    if fault := fault_of_run(saved):
        raise BadInput(f"{file} is wrong inside: {fault}", hint=_AGAIN)
    return saved


def read_ranking(file: Path) -> KeptTournament:
    """The tournament in `file`, checked; BadInput where it cannot be read."""
    try:
        with open(file, "rb", opener=_without_waiting) as opened:
            data = opened.read(MOST_RANKING_BYTES + 1)
        if len(data) > MOST_RANKING_BYTES:
            raise BadInput(f"{file} is no tournament: it is too large", hint="open another")
        kept = with_harmless_strings(msgspec.json.decode(data, type=KeptTournament))
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}", hint="open another") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{file} cannot be read: {str(error) or 'it is nested too deeply'}", hint="open another"
        ) from None
    if fault := fault_of_ranking(kept):
        raise BadInput(f"{file} is wrong inside: {fault}", hint="open another")
    return kept


def _read(file: Path) -> bytes:
    """The packed body. No more of the file is read than it says it has, and nothing of what is no saved run."""
    try:
        with open(file, "rb", opener=_without_waiting) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise BadInput(f"{file} is no ordinary file", hint=_ANOTHER)
            length, checksum = _head(file, opened.read(HEAD.size))
            there = os.fstat(opened.fileno()).st_size - HEAD.size
            if there < length:
                raise BadInput(f"{file} is cut off: {there} of {length} bytes are there", hint=_AGAIN)
            body = opened.read(length + 1)
    except (OSError, ValueError) as error:  # a ValueError: a zero byte in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{file} cannot be read: {reason}", hint=_ANOTHER) from None
    if len(body) != length or zlib.crc32(body) != checksum:
        raise BadInput(f"{file} is corrupted", hint=_AGAIN)
    return body


def _without_waiting(path: str, flags: int) -> int:
    """A pipe that nobody writes to is opened at once, and refused."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _head(file: Path, head: bytes) -> tuple[int, int]:
    """Length and checksum of the body."""
    if not head.startswith(MAGIC):
        raise BadInput(f"{file} is no saved run", hint=_ANOTHER)
    if len(head) < HEAD.size:
        raise BadInput(f"{file} is cut off", hint=_AGAIN)
    _, version, length, checksum = HEAD.unpack(head)
    if version > VERSION:
        raise BadInput(f"{file} was saved by a newer version (format {version})", hint="upgrade asgi-vs-wsgi-tui")
    return length, checksum


def _unpacked(file: Path, body: bytes) -> bytes:
    """At most as much as any run of ours unpacks to."""
    limit, unpacker = body_limit(len(body)), zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadInput(f"{file} cannot be read: {error}", hint=_AGAIN) from None
    if len(unpacked) > limit:
        reason = f"it unpacks to more than {limit // 1_000_000} MB"
        raise BadInput(f"{file} cannot be read: {reason}", hint="no run of this version does: save it again")
    if not unpacker.eof or unpacker.unused_data:
        raise BadInput(f"{file} is corrupted", hint=_AGAIN)
    return unpacked
