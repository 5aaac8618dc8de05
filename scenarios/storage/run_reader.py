"""The file of a saved run: written whole or not at all; what is wrong with one that is read is one clear line."""

from __future__ import annotations

import os
import stat
import zlib
from typing import TYPE_CHECKING

import msgspec

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput, NotWritten
from asgi_vs_wsgi.scenarios.storage.atomic_write import write_atomically
from asgi_vs_wsgi.scenarios.storage.result_validation import fault_of_ranking
from asgi_vs_wsgi.scenarios.storage.run_file import (
    HEAD,
    MAGIC,
    MOST_UNPACKED,
    VERSION,
    KeptTournament,
    SavedPage,
    SavedRun,
    body_limit,
    saved_target,
)
from asgi_vs_wsgi.scenarios.storage.run_validation import fault_of_run
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario, with_harmless_strings

if TYPE_CHECKING:
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome

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
        raise BadInput(f"{file} was saved by a newer version (format {version})", hint=f"upgrade {PROGRAM}")
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


QUICK = 3
"""zlib level: events shrink to a fifth; higher levels take three times as long for a tenth less."""


def write_run(file: Path, scenario: Scenario, outcome: Outcome, mode: int | None = None) -> None:
    """Save a run to `file`, replacing what is there; NotWritten where it cannot be. `mode` as of `write_atomically`."""
    write_saved_run(file, saved_run(scenario, outcome), mode)


def write_saved_run(file: Path, saved: SavedRun, mode: int | None = None) -> None:
    """The same of a run that has been put together."""
    encoded = msgspec.msgpack.encode(saved)
    if len(encoded) > MOST_UNPACKED:
        size = f"its {len(encoded) / 1e9:.1f} GB are more than the {MOST_UNPACKED / 1e9:.1f} GB that can be opened"
        raise NotWritten(f"{file} was not written: {size}", hint="run it with fewer requests, or with --no-probe")
    body = zlib.compress(encoded, QUICK)
    if len(encoded) > body_limit(len(body)):  # hardly anything but zeros: what is read is held to the limit
        body = zlib.compress(encoded, 0)
    write_atomically(file, HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body, mode)


def saved_run(scenario: Scenario, outcome: Outcome) -> SavedRun:
    """A run as it is saved."""
    targets = [saved_target(trace) for trace in outcome.traces]
    return SavedRun(
        outcome.result,
        saved_scenario(scenario),
        targets,
        outcome.stopped,
        rounds=outcome.rounds,
        clock=outcome.clock,
        pages=[SavedPage(saved_target(each.trace), each.asked, each.events, each.whole) for each in outcome.pages],
    )
