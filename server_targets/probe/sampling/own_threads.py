"""Threads that compute and serve nobody: the view's own, whether anything has told of them or not.

The kernel lists all threads of the process (/proc/self/task), and has a CPU clock for each. One that used CPU between
two readings, and had no request, is the view's own where

    a request's code has started it                 hooks.own_work says so
    the user's code is on its stack                 a thread from the import of a module, or started by another
    it runs no Python, and no server brought it     C code that the project has loaded: from before the server began to
                                                    serve, or from after its first request

and the server's, or its executors', otherwise. While it computes it is looked at as a request's thread is.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from itertools import chain, repeat, starmap
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD, Kind, Seen, pack_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder
    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations

EVERY_NS = 100_000_000
COMPUTES, WAKES = 0.05, 0.001
"""Of the time between two readings: who uses more than the one computes, and who uses less than the other does not.
Between the two a thread computes if it wanted the CPU at both: on a busy machine there may be little for it."""
MOST = 64
"""Threads of the view's own that are told of."""
THREAD_END = pack_header(0, Kind.THREAD_END)
_NAME_AT = 19
"""Of a file's name in the C library's `struct dirent` with 64-bit numbers (readdir(3))."""


class Tasks:
    """The kernel ids of this process's threads, listed without giving up the GIL: see thread_state."""

    def __init__(self, folder: bytes = b"/proc/self/task") -> None:
        libc = ctypes.PyDLL(None)
        self._next: Any = getattr(libc, "readdir64", None) or libc.readdir
        self._rewind: Any = libc.rewinddir
        libc.opendir.restype = self._next.restype = ctypes.c_void_p
        self._next.argtypes = self._rewind.argtypes = [ctypes.c_void_p]
        self._rewind.restype = None
        self._folder: int | None = libc.opendir(folder)

    def listed(self) -> set[int]:
        """All there are now; none where the kernel does not tell."""
        found: set[int] = set()
        if self._folder is not None:
            self._rewind(self._folder)
            while entry := self._next(self._folder):
                name = ctypes.string_at(entry + _NAME_AT)
                if name.isdigit():
                    found.add(int(name))
        return found


class OwnThreads:
    """One per sampler, on whose thread all of it runs."""

    def __init__(
        self,
        recorder: Recorder,
        blame: SourceLocations,
        cpu_of: Callable[[int], int],
        seen: Callable[[int], Seen],
        tasks: Tasks | None = None,
    ) -> None:
        self._lanes, self._write, self._blame = recorder.lanes, recorder.write, blame
        self._cpu_of, self._seen = cpu_of, seen
        self._tasks = tasks or Tasks()
        self._read_ns = 0
        self._cpu: dict[int, int] = {}
        """Kernel id to the CPU clock at the last reading."""
        self._wanted: set[int] = set()
        """Who used little of the CPU and wanted it, at the last reading."""
        self._looked: dict[int, tuple[int, int]] = {}
        """Of those that compute: when they were looked at last, and their CPU clock then."""
        self._loaded: frozenset[int] = frozenset(self._tasks.listed())
        """Those that were there when the application had been loaded."""
        self._servers: frozenset[int] | None = None
        """Those that have come since, until the first request."""

    def computing(self) -> list[LaneSlot]:
        """The slots of those that compute."""
        return [slot for slot in list(self._lanes.own.values()) if slot.request]

    def note_look(self, tid: int, at_ns: int, cpu_ns: int) -> None:
        """One that computes was looked at: if it has ended when it is to be looked at again, that is its last word."""
        self._looked[tid] = at_ns, cpu_ns

    def maybe_read(self, now_ns: int, ours: Iterable[int]) -> None:
        """Read all clocks once in an interval; cheap to call more often. `ours`: the sampler's own threads."""
        if now_ns - self._read_ns >= EVERY_NS:
            last_ns, self._read_ns = self._read_ns, now_ns
            self._read(last_ns, now_ns, {*ours, os.getpid()})

    def _read(self, last_ns: int, now_ns: int, never: set[int]) -> None:
        lanes, before = self._lanes, self._cpu
        known = set(lanes.served)  # who comes for a request from now on may not be on the list
        tids = self._tasks.listed()
        lanes.served.difference_update(known - tids)
        self._wanted &= tids
        if self._servers is None and lanes.served:
            self._servers = frozenset(tids - self._loaded)
        self._cpu = {tid: self._cpu_of(tid) for tid in tids - never}
        for tid, slot in list(lanes.own.items()):
            self._follow(tid, slot, before.get(tid), last_ns, now_ns)
        if not last_ns or len(lanes.own) >= MOST:
            return
        others = self._cpu.keys() - lanes.own.keys() - self._serving()
        used_ns = {tid: self._cpu[tid] - before.get(tid, 0) for tid in others}
        unknown = [tid for tid in others if self._computes(tid, used_ns[tid], now_ns - last_ns)]
        for tid, ident in self._own_among(unknown):
            if not ident and used_ns[tid] < COMPUTES * (now_ns - last_ns):
                continue  # a server's thread that has come for a request waits for the GIL, before it runs any Python
            since_ns = last_ns if tid in before else min(max(last_ns, born_ns(tid)), now_ns - self._cpu[tid])
            slot = lanes.add_own(ident, tid, since_ns, before.get(tid, 0))
            self._follow(tid, slot, before.get(tid, 0), since_ns, now_ns)

    def _serving(self) -> set[int]:
        return {*self._lanes.served, *(slot.tid for slot in list(self._lanes.loops.values()))}

    def _computes(self, tid: int, used_ns: int, of_ns: int) -> bool:
        if used_ns >= COMPUTES * max(1, of_ns):
            return True
        wanted = tid in self._wanted
        self._wanted.discard(tid)
        if used_ns < WAKES * of_ns or self._seen(tid) not in (Seen.RUNNING, Seen.STALLED):
            return False
        self._wanted.add(tid)
        return wanted

    def _follow(self, tid: int, slot: LaneSlot, before: int | None, last_ns: int, now_ns: int) -> None:
        """Tell when it begins to compute, and when it ends to."""
        cpu_ns = self._cpu.get(tid, 0)
        if not cpu_ns or tid in self._lanes.served:  # it has ended without a word, or is somebody's from now on
            if self._lanes.drop_own(tid):
                self._end(tid, slot, *self._looked.get(tid, (last_ns, before or 0)))
                self._lanes.free_own.append(slot)
            return
        since_ns = max(last_ns, slot.since_ns)
        used_ns = cpu_ns - max(before or 0, slot.since_cpu_ns)
        computes = self._computes(tid, used_ns, now_ns - since_ns)
        if computes and not slot.request:
            slot.since_ns, slot.since_cpu_ns = since_ns, max(1, cpu_ns - used_ns)
            slot.sampled, slot.request = False, OWN_THREAD
        elif not computes:
            self._end(tid, slot, now_ns, cpu_ns)

    def _end(self, tid: int, slot: LaneSlot, at_ns: int, cpu_ns: int) -> None:
        self._looked.pop(tid, None)
        if slot.request:
            slot.request = 0
            if slot.sampled:
                self._write(at_ns, cpu_ns, OWN_THREAD, slot.lane | THREAD_END)
        slot.since_ns, slot.since_cpu_ns = at_ns, cpu_ns

    def _own_among(self, tids: list[int]) -> Iterator[tuple[int, int]]:
        """(kernel id, ident) of those of these threads that are the view's own; ident 0: it runs no Python."""
        if not tids or not self._blame.reads_lines:
            return
        idents = idents_of_threads()
        with_frames = [ident for tid in tids if (ident := idents.get(tid))]
        places = dict(zip(with_frames, self._blame.locate(with_frames))) if with_frames else {}
        for tid in tids:
            ident = idents.get(tid, 0)
            own = places[ident] in self._blame.users if ident else self._is_no_servers(tid)
            if own and tid not in self._serving():  # it may have begun to serve while we looked
                yield tid, ident

    def _is_no_servers(self, tid: int) -> bool:
        return tid in self._loaded or (self._servers is not None and tid not in self._servers)


def born_ns(tid: int) -> int:
    """When a thread was started, to a tick of the kernel's clock (10 ms); 0 where nobody knows."""
    try:
        with open(f"/proc/self/task/{tid}/stat", "rb") as stat:  # noqa: PTH123 - quicker
            ticks = int(stat.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0
    since_boot_ns = ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return since_boot_ns - (time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns())


def idents_of_threads() -> dict[int, int]:
    """Kernel id to Python's ident, of every thread that runs Python code now, whoever has started it.

    The C library knows a thread's clock by its ident, and the clock's number holds the kernel's id. It must not be
    asked of a thread that has ended; one with a frame has not, as long as no other can run: so all of it is one call,
    as in source_location. Without such a function, or where a thread has no clock any more: none.
    """
    clock_of = getattr(time, "pthread_getcpuclockid", None)
    if clock_of is None:
        return {}
    was_on: list[bool] = []
    found: list[list[list[int]]] = []
    try:
        list(
            chain(
                map(was_on.append, starmap(gc.isenabled, repeat((), 1))),
                starmap(gc.disable, repeat((), 1)),
                map(found.append, map(list, repeat(_read(clock_of), 1))),
                map(methodcaller("__call__"), map((gc.disable, gc.enable).__getitem__, was_on)),
            )
        )
    except OSError:
        if was_on == [True]:
            gc.enable()
        return {}
    idents, clocks = found[0]
    return {~(clock >> 3): ident for ident, clock in zip(idents, clocks)}


def _read(clock_of: Any) -> Iterator[Any]:
    """The idents of all threads with a frame, then their clocks. Does nothing before it is iterated."""
    twice: Any = chain.from_iterable(map(repeat, starmap(sys._current_frames, repeat((), 1)), repeat(2)))
    return map(list, map(map, (int, clock_of), twice))
