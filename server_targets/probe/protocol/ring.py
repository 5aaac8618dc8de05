"""A ring file of event records: a worker writes in place, the lab maps the same file and reads.

    header, one page: magic | record bytes | capacity
    slots: the record numbered seq (from 1) lies at page + (seq mod capacity) * record bytes

A killed worker loses nothing, since what it wrote is in the page cache, and nothing needs flushing. The writer
never waits for the reader; a reader that was lapped sees it from the sequence numbers and counts the loss.

The reader takes what is there while the worker writes on.
"""

from __future__ import annotations

import errno
import itertools
import mmap
import os
from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD_BYTES, WRITTEN

if TYPE_CHECKING:
    from pathlib import Path

HEADER = Struct("<8sQQ")
HEADER_BYTES = 4096
MAGIC = b"AVWRING1"
CAPACITY = 1 << 17
"""Records; at 60,000 a second, more than one busy worker makes, two seconds of a lab that cannot read."""

LEAST_CAPACITY = 1 << 14
"""Where there is no room for more: a quarter of a second of such a lab. What is overwritten unread is counted."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Write = Callable[[int, int, int, int], None]
"""write(t_ns, value, request, place); see records.place"""


def size_of(capacity: int) -> int:
    """Bytes of a ring file of so many records."""
    return HEADER_BYTES + capacity * RECORD_BYTES


def create(path: Path, capacity: int = CAPACITY) -> mmap.mmap:
    """Make the ring file (0600) and map it; `capacity` is a power of two, and half of it where that has no room.

    Its room is taken before it is mapped: a page of a file with holes that the file system has no room for when it is
    first written to ends the process (SIGBUS). OSError where not even the least has room.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        capacity = _take_room(descriptor, path, capacity)
        flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)  # no page fault inside a request
        buffer = mmap.mmap(descriptor, size_of(capacity), flags=flags)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)
    HEADER.pack_into(buffer, 0, MAGIC, RECORD_BYTES, capacity)
    return buffer


def _take_room(descriptor: int, path: Path, capacity: int) -> int:
    while True:
        try:
            os.posix_fallocate(descriptor, 0, size_of(capacity))
        except OSError as error:
            if error.errno not in NO_ROOM or capacity // 2 < LEAST_CAPACITY:
                raise OSError(error.errno, f"no room for a worker's records: {error.strerror}", str(path)) from None
            os.ftruncate(descriptor, 0)
            capacity //= 2
        else:
            return capacity


def writer(buffer: mmap.mmap) -> Write:
    """The function that appends one record to the ring in `buffer`.

    Threads may call it at once: `next` of a count is atomic, and each caller owns the slot that it drew.

    What it uses is bound as defaults: locals are read in half the time of a closure's cells.
    """
    draw = itertools.count(1).__next__
    capacity = capacity_of(buffer)

    def write(
        t_ns: int,
        value: int,
        request: int,
        place: int,
        draw: Callable[[], int] = draw,
        pack_into: Callable[..., None] = WRITTEN.pack_into,
        buffer: mmap.mmap = buffer,
        mask: int = capacity - 1,
    ) -> None:
        seq = draw()
        pack_into(buffer, 4096 + (seq & mask) * 32, t_ns, value, request, place, seq)

    def fall_silent() -> None:
        write.__defaults__ = (lambda: 0, lambda *_: None, buffer, 0)

    # A child that the application forks shares the mapping; its records would overwrite ours.
    os.register_at_fork(after_in_child=fall_silent)
    return write


def capacity_of(buffer: mmap.mmap) -> int:
    """How many records the ring in `buffer` holds."""
    return int(HEADER.unpack_from(buffer)[2])


assert (HEADER_BYTES, RECORD_BYTES) == (4096, 32), "write has them as literals, which cost nothing"


_WORDS = RECORD_BYTES // 8
_SEQ_WORD = _WORDS - 1
_MOST_UNFILLED = 1024


class RingReader:
    """Follows one ring; `read` returns what is new, `lost` counts what was overwritten before it was read."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self._map = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        magic, record_bytes, self._capacity = HEADER.unpack_from(self._map, 0)
        if magic != MAGIC or record_bytes != RECORD_BYTES:
            raise ValueError(f"{path} is no ring file of this version")
        self._bytes = memoryview(self._map)[HEADER_BYTES:]
        self._words = self._bytes.cast("Q")
        self._next = 1
        """Number, never wrapped, of the record that is to be read next."""
        self.lost = 0

    def read(self) -> bytes:
        """Whole records in the order in which they were drawn; empty when there is nothing new."""
        parts: list[bytes] = []
        before = 0
        while before != self._next:  # a lap of the writer moves it too, and hands out nothing by itself
            before = self._next
            parts.append(self._run())
        return b"".join(parts)

    def read_last(self) -> bytes:
        """As `read`, for a writer that is dead: a slot that it drew and never filled is lost, not awaited."""
        parts = [self.read()]
        while hole := self._hole():
            self.lost += hole
            self._next += hole
            parts.append(self.read())
        return b"".join(parts)

    def _hole(self) -> int:
        """How many slots are missing before the next filled one; 0 when none follows (each thread draws one)."""
        for ahead in range(1, _MOST_UNFILLED):
            if self._seq((self._next + ahead) % self._capacity) == self._next + ahead:
                return ahead
        return 0

    def _run(self) -> bytes:
        """The records ready between the cursor and the end of the ring."""
        slot = self._next % self._capacity
        ready = self._ready(slot)
        data = bytes(self._bytes[slot * RECORD_BYTES : (slot + ready) * RECORD_BYTES])
        if ready and self._seq(slot) != self._next:
            return self._lapped()  # the writer came round while we copied
        self._next += ready
        return data

    def _ready(self, slot: int) -> int:
        """How many records from `slot` on carry the number that is expected there."""
        step = 256
        ready = 0
        while slot + ready < self._capacity:
            until = min(slot + ready + step, self._capacity)
            found = self._words[(slot + ready) * _WORDS + _SEQ_WORD : until * _WORDS : _WORDS].tolist()
            first = self._next + ready
            if found != list(range(first, first + len(found))):
                return ready + self._matching(found, first)
            ready += len(found)
            step *= 2
        return ready

    def _matching(self, found: list[int], first: int) -> int:
        for index, seq in enumerate(found):
            if seq != first + index:
                if seq > first + index:
                    self._skip_lap(seq, first + index)
                return index
        return len(found)

    def _skip_lap(self, seq: int, expected: int) -> None:
        """A number beyond the expected one: the writer is a lap ahead, and what lay here is gone."""
        if expected == self._next:  # nothing before it is still to be handed out
            self.lost += seq - expected
            self._next = seq

    def _lapped(self) -> bytes:
        slot = self._next % self._capacity
        seq = self._seq(slot)
        self.lost += seq - self._next
        self._next = seq
        return b""

    def _seq(self, slot: int) -> int:
        return int(self._words[slot * _WORDS + _SEQ_WORD])

    def close(self) -> None:
        """Let go of the mapping."""
        self._words.release()
        self._bytes.release()
        self._map.close()
