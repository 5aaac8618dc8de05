"""A ring file of event records: a worker writes in place, the lab maps the same file and reads.

    header, one page: magic | record bytes | capacity
    slots: the record numbered seq (from 1) lies at page + (seq mod capacity) * record bytes

A killed worker loses nothing, since what it wrote is in the page cache, and nothing needs flushing. The writer
never waits for the reader; a reader that was lapped sees it from the sequence numbers and counts the loss.
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
