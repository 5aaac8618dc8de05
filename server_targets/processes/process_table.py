"""The processes of this machine as /proc shows them (proc(5)): who is whose child.

`/proc/PID/task/TID/children` tells it at once, but some kernels lack it, and it may skip a child while others end;
reading all of /proc tells it surely, and takes so long that a process which forks and ends may be gone by then.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


_PROC = "/proc"


_READ_BYTES = 4096


_EXIT_CODE = 49
"""Its place after the name in /proc/PID/stat (proc(5)): what waitpid(2) would return."""


_CHILDREN_TIMES = slice(13, 15)
"""cutime and cstime, likewise."""


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


def killed_by(pid: int) -> int:
    """By which signal a process was ended that nobody has waited for yet; 0 where it ended otherwise, or is gone."""
    try:
        fields = _read(f"{_PROC}/{pid}/stat").decode(errors="replace").rpartition(")")[2].split()
        status = int(fields[_EXIT_CODE])
    except (OSError, IndexError, ValueError):
        return 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def ended_children_cpu_ns(pid: int) -> int:
    """What the children of a process have used that have ended and were waited for, and theirs; 0 when it is gone."""
    try:
        fields = _read(f"{_PROC}/{pid}/stat").decode(errors="replace").rpartition(")")[2].split()
        return sum(map(int, fields[_CHILDREN_TIMES])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return 0


def is_below(pid: int, ancestor: int) -> bool:
    """Whether `ancestor` started it, or started who did, and all between them still run."""
    while pid > 1 and (entry := read_entry(pid)):
        if entry.parent == ancestor:
            return True
        pid = entry.parent
    return False


def read_table() -> dict[int, ProcessEntry]:
    """All processes that we may see, by pid."""
    try:
        pids = [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208 - a hundred names at once
    except OSError:
        return {}
    return {entry.pid: entry for pid in pids if (entry := read_entry(pid))}


def below(root: int, *, thorough: bool) -> list[ProcessEntry]:
    """Everything below `root`, parents before their children: from all of /proc, or quickly, some perhaps missing."""
    if thorough:
        return _descendants([root], read_table())
    found: list[ProcessEntry] = []
    level = [root]
    while level:
        children = [entry for pid in level for child in _children(pid) if (entry := read_entry(child))]
        found += children
        level = [entry.pid for entry in children]
    return found


def lists_children() -> bool:
    """Whether this kernel tells a process's children at once (CONFIG_PROC_CHILDREN)."""
    return os.path.exists(f"{_PROC}/self/task/{os.getpid()}/children")  # noqa: PTH110


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"{_PROC}/{pid}/task"):  # noqa: PTH208
            with contextlib.suppress(OSError):
                found += map(int, _read(f"{_PROC}/{pid}/task/{thread}/children").split())
    return found


def _descendants(level: list[int], table: Mapping[int, ProcessEntry]) -> list[ProcessEntry]:
    children: dict[int, list[ProcessEntry]] = {}
    for entry in table.values():
        children.setdefault(entry.parent, []).append(entry)
    found: list[ProcessEntry] = []
    while level:
        under = [entry for pid in level for entry in children.pop(pid, ())]
        found += under
        level = [entry.pid for entry in under]
    return found


def command_line(pid: int) -> bytes:
    """Its words, each ended by NUL; empty for one that is ending already, and for one that is not there."""
    try:
        return _read(f"{_PROC}/{pid}/cmdline")
    except OSError:
        return b""


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _READ_BYTES)
    finally:
        os.close(descriptor)
