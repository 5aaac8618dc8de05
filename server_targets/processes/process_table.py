"""The processes of this machine as /proc shows them (proc(5)): who is whose child.

All of /proc is read, not `/proc/PID/task/TID/children`, which some kernels lack and which may skip a child while
others end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_PROC = "/proc"
_READ_BYTES = 4096


class ProcessEntry(NamedTuple):
    """One process at the moment it was looked at."""

    pid: int
    parent: int
    started: int
    """Clock ticks since the machine was started: with the pid, who it is."""
    state: str
    command: str
    """The first 15 bytes of the program's name; signs that are not to be printed are left out."""

    @property
    def running(self) -> bool:
        """Whether it has not ended; a zombie has, and waits for its parent to ask."""
        return self.state not in "ZXx"


def read_entry(pid: int) -> ProcessEntry | None:
    """None where there is no such process (any more), or /proc is not there."""
    try:
        text = _read(f"{_PROC}/{pid}/stat").decode(errors="replace")
    except OSError:
        return None
    head, _, rest = text.rpartition(")")  # the name may hold anything, brackets and line breaks too
    fields = rest.split()
    if len(fields) < 20:
        return None
    command = "".join(sign for sign in head.partition("(")[2] if sign.isprintable())
    return ProcessEntry(pid, int(fields[1]), int(fields[19]), fields[0], command)


def read_table() -> dict[int, ProcessEntry]:
    """All processes that we may see, by pid."""
    try:
        pids = [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208 - a hundred names at once
    except OSError:
        return {}
    return {entry.pid: entry for pid in pids if (entry := read_entry(pid))}


def descendants(roots: Iterable[int], table: Mapping[int, ProcessEntry]) -> list[ProcessEntry]:
    """Everything below `roots`, parents before their children."""
    children: dict[int, list[ProcessEntry]] = {}
    for entry in table.values():
        children.setdefault(entry.parent, []).append(entry)
    found: list[ProcessEntry] = []
    level = list(roots)
    while level:
        below = [entry for pid in level for entry in children.pop(pid, ())]
        found += below
        level = [entry.pid for entry in below]
    return found


def is_resource_tracker(pid: int) -> bool:
    """Python's own helper of multiprocessing: it ends when all that use it have, and then frees what they left."""
    try:
        return b"multiprocessing.resource_tracker" in _read(f"{_PROC}/{pid}/cmdline")
    except OSError:
        return False


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _READ_BYTES)
    finally:
        os.close(descriptor)
