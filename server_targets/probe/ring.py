"""A ring file of event records: a worker writes in place, the lab maps the same file and reads.

    header, one page: magic | record bytes | capacity
    slots: record i (counted from 0) lies at page + (i mod capacity) * record bytes, and carries seq i + 1

A killed worker loses nothing, since what it wrote is in the page cache, and nothing needs flushing. The writer
never waits for the reader; a reader that was lapped sees it from the sequence numbers and counts the loss.
"""

from __future__ import annotations

import itertools
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from struct import Struct

from server_targets.probe.records import RECORD, RECORD_BYTES

HEADER = Struct("<8sQQ")
HEADER_BYTES = 4096
MAGIC = b"AVWRING1"
CAPACITY = 1 << 17
"""Records; at 60,000 a second, more than one busy worker makes, two seconds of a lab that cannot read."""

Write = Callable[[int, int, int, int, int, int], None]
"""write(t_ns, value, request, lane, kind, flag)"""


def create(path: Path, capacity: int = CAPACITY) -> Write:
    """Make the ring file (0600) and return the function that appends one record; `capacity` is a power of two."""
    size = HEADER_BYTES + capacity * RECORD_BYTES
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.ftruncate(descriptor, size)
    flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)  # no page fault inside a request
    buffer = mmap.mmap(descriptor, size, flags=flags)
    os.close(descriptor)
    HEADER.pack_into(buffer, 0, MAGIC, RECORD_BYTES, capacity)
    return _writer(buffer, capacity)


def _writer(buffer: mmap.mmap, capacity: int) -> Write:
    """Threads may call it at once: `next` of a count is atomic, and each caller owns the slot that it drew."""
    pack_into = RECORD.pack_into
    draw = itertools.count(1).__next__
    mask = capacity - 1

    def write(t_ns: int, value: int, request: int, lane: int, kind: int, flag: int) -> None:
        seq = draw()
        pack_into(buffer, HEADER_BYTES + ((seq - 1) & mask) * RECORD_BYTES, t_ns, value, request, lane, kind, flag, seq)

    def fall_silent() -> None:
        nonlocal pack_into
        pack_into = lambda *_: None  # noqa: E731

    # A child that the application forks shares the mapping; its records would overwrite ours.
    os.register_at_fork(after_in_child=fall_silent)
    return write
