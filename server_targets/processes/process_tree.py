"""The processes of this machine as /proc shows them (proc(5)): who is whose child.

`/proc/PID/task/TID/children` tells it at once, but some kernels lack it, and it may skip a child while others end;
reading all of /proc tells it surely, and takes so long that a process which forks and ends may be gone by then.

A hold on one process, so that a signal never reaches another one that was given the same pid later.

Ends processes that may fork, change their session and ignore signals meanwhile, until none of them is left.

What comes to the lab when a reaper was killed and could not end what it had below it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from asgi_vs_wsgi.server_targets.probe.parent_death import adopt_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

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


class ProcessHandle:
    """Of a process that runs now, or has ended and was not reaped yet; ProcessLookupError where there is none.

    A pidfd names the process itself (pidfd_open(2)). On kernels without them, and in sandboxes that refuse them, the
    process is known by its pid and the clock tick that it was started in, looked at right before each signal.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd = _pidfd(pid)
        self._started = _started(pid)  # after it was opened: a pid given anew in between is seen by its other start
        if self._fd is None and self._started is None:
            raise ProcessLookupError(f"no process {pid}")

    @property
    def started(self) -> int | None:
        """The clock tick that it was started in; None where /proc does not tell."""
        return self._started

    def send(self, number: int) -> bool:
        """Send it a signal; False where it has ended. PermissionError where it is another user's."""
        try:
            if self._fd is not None:
                signal.pidfd_send_signal(self._fd, number)
            elif self._started is not None and _started(self.pid) == self._started:
                os.kill(self.pid, number)
            else:
                return False
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        """Let go of it; nothing is sent any more."""
        self._started, descriptor, self._fd = None, self._fd, None
        if descriptor is not None:
            os.close(descriptor)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except (OSError, AttributeError):
        return None


def _started(pid: int) -> int | None:
    entry = read_entry(pid)
    return entry.started if entry else None


POLL_S = 0.002
TRACKER = b"multiprocessing.resource_tracker"
"""Python's own helper of multiprocessing: it ends when all that use it have, and then frees what they left."""
TRACKER_GRACE_S = 0.25
"""How long multiprocessing's resource trackers may take to end by themselves, once nobody uses them any more."""


class Find(Protocol):
    """Tells what is to be ended now."""

    def __call__(self, *, thorough: bool) -> Collection[ProcessEntry]:
        """`thorough`: surely all, however long that takes."""


def end_all(find: Find, reap: Callable[[], None], within_s: float) -> list[ProcessEntry]:
    """SIGKILL whatever `find` returns, again until it returns nothing or the time is over.

    Returns those that were ended; not Python's resource trackers, and not what was ending by itself. `reap` is called
    on the way: what has ended and is our child is found as long as nobody has waited for it.
    """
    ended: dict[tuple[int, int], ProcessEntry] = {}
    trackers: set[tuple[int, int]] = set()
    refused: set[int] = set()
    deadline_s = time.monotonic() + within_s
    grace_s = 0.0
    thorough = False
    while True:
        reap()
        running = [entry for entry in find(thorough=thorough) if entry.running and entry.pid not in refused]
        now_s = time.monotonic()
        if thorough and not running:
            return list(ended.values())
        thorough = not running
        lines = {entry.pid: command_line(entry.pid) for entry in running}
        trackers |= {(entry.pid, entry.started) for entry in running if TRACKER in lines[entry.pid]}
        others = [entry for entry in running if (entry.pid, entry.started) not in trackers]
        if others:
            grace_s = now_s + TRACKER_GRACE_S
        for entry in others or (running if now_s > grace_s else ()):
            try:
                if _kill(entry) and entry in others and lines[entry.pid]:
                    ended[entry.pid, entry.started] = entry
            except PermissionError:
                refused.add(entry.pid)
        if running and now_s > deadline_s:  # whatever was found has had its signal
            return list(ended.values())
        if running:
            time.sleep(POLL_S)


def _kill(entry: ProcessEntry) -> bool:
    """The process of this entry, and not one that has its pid by now."""
    try:
        handle = ProcessHandle(entry.pid)
    except ProcessLookupError:
        return False
    try:
        return handle.started == entry.started and handle.send(signal.SIGKILL)
    finally:
        handle.close()


WITHIN_S = 0.5


class Orphans:
    """The children of this process that it has not started, with all below them."""

    def __init__(self, started: Callable[[], Collection[int]]) -> None:
        """`started`: the pids of what this process has started itself since now."""
        self._started = started
        self._ended: set[int] = set()
        self._before = {(entry.pid, entry.started) for entry in self._below(thorough=True)}

    def end(self) -> None:
        """End them all."""
        end_all(self._find, self._reap, WITHIN_S)

    def _below(self, *, thorough: bool) -> list[ProcessEntry]:
        """Mostly there is none, and then all of /proc is not read to be sure of it."""
        return below(os.getpid(), thorough=thorough and (bool(self._ended) or not lists_children()))

    def _find(self, *, thorough: bool) -> list[ProcessEntry]:
        """Adopted children and all below them; what this process has started, and all below that, is left alone."""
        left_alone = set(self._started())
        found: list[ProcessEntry] = []
        for entry in self._below(thorough=thorough):  # parents come before their children
            if entry.pid in left_alone or entry.parent in left_alone or (entry.pid, entry.started) in self._before:
                left_alone.add(entry.pid)
            else:
                found.append(entry)
        self._ended |= {entry.pid for entry in found if entry.parent == os.getpid()}
        return found

    def _reap(self) -> None:
        for pid in list(self._ended):
            with contextlib.suppress(ChildProcessError):
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._ended.discard(pid)


@contextmanager
def orphans_adopted(started: Callable[[], Collection[int]]) -> Iterator[Orphans]:
    """While it lasts, orphans of what this process starts become its own children; none is left afterwards."""
    orphans = Orphans(started)
    adopt_orphans()
    try:
        yield orphans
    finally:
        orphans.end()
        adopt_orphans(adopt=False)
