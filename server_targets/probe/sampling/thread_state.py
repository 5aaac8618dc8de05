"""One look at a thread of this process: running, blocked or stalled, by the system call that it is in.

/proc/self/task/TID/syscall says `running`, or the number of the call and its arguments. A futex wait in the
interpreter's own data is the GIL; one elsewhere is a lock. Read with pread through ctypes.PyDLL, which keeps
the GIL: giving it up for each look would cost a turn of every spinning thread.

Not every kernel has that file (gVisor), and not every process may read it. So a worker first looks at a thread of
its own that waits in calls that we know (`LookedAt`), and where the kernel does not tell of these, no look is taken
for an answer: then there is the CPU clock alone, and what a thread does beside it is UNKNOWN. From the same look comes
the number that `futex` has on this machine: each architecture numbers its calls anew.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from threading import get_native_id
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import original
from asgi_vs_wsgi.server_targets.probe.protocol.records import Seen

if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable

CHECK_LIMIT_NS = 5_000_000_000
"""A thread that is told to wait does so within microseconds; on a machine that is busy, later."""
_CHECK_PAUSE_S = 0.0005


class LookedAt:
    """A thread of ours that waits, until it is let go: first to read from a pipe of ours, then for a lock of ours."""

    def __init__(self) -> None:
        self.pipe, self._write_end = os.pipe()
        self._lock: LockType = original("_thread", "allocate_lock")()
        self._lock.acquire()
        known: LockType = original("_thread", "allocate_lock")()
        known.acquire()
        self.tid = 0
        # Not a threading.Thread: under gevent that would be a greenlet.
        original("_thread", "start_new_thread")(self._run, (known,))
        known.acquire()

    def _run(self, known: LockType) -> None:
        self.tid = get_native_id()
        known.release()
        os.read(self.pipe, 1)
        self._lock.acquire()
        _close(self.pipe)  # not before: its number is what tells the call

    def end_reading(self) -> None:
        """It goes on to the lock."""
        _close(self._write_end)

    def let_go(self) -> None:
        """It ends."""
        self._lock.release()


def _close(descriptor: int) -> None:
    """At once: gevent's own `close` leaves it to the hub's next turn, which we do not wait for."""
    original("os", "close")(descriptor)


class ThreadFiles:
    """What the kernel says of threads in a file of that name; one descriptor is kept open for each."""

    def __init__(self, name: str, libc: Any = None) -> None:
        """`libc`: what has the C library's open, pread and close."""
        self._name = name
        self._libc = libc or ctypes.PyDLL(None, use_errno=True)
        self._buffer = ctypes.create_string_buffer(256)
        self._descriptors: dict[int, int] = {}

    def line(self, tid: int) -> bytes:
        """Of that thread now; empty where the kernel does not say."""
        descriptor = self._descriptors.get(tid)
        if descriptor is None:
            path = f"/proc/self/task/{tid}/{self._name}".encode()
            self._descriptors[tid] = descriptor = self._libc.open(path, os.O_RDONLY | os.O_CLOEXEC)
        length = self._libc.pread(descriptor, self._buffer, 255, ctypes.c_long(0)) if descriptor >= 0 else 0
        return self._buffer.raw[: max(0, length)]

    def forget_except(self, tids: set[int]) -> None:
        """Close what was opened for threads that are not looked at any more."""
        for tid in [tid for tid in self._descriptors if tid not in tids]:
            if (descriptor := self._descriptors.pop(tid)) >= 0:
                self._libc.close(descriptor)


class ThreadStates:
    """Looks at threads by their kernel id."""

    def __init__(self, libc: Any = None) -> None:
        """`libc`: as of ThreadFiles."""
        self._files = ThreadFiles("syscall", libc)
        self.forget_except = self._files.forget_except
        self._gil = _interpreter_data()
        self._futex = self._number_of_futex()

    @property
    def shows_calls(self) -> bool:
        """Whether the kernel shows us which system call a thread is in."""
        return self._futex is not None

    def seen(self, tid: int) -> Seen:
        """What the thread does now."""
        return self.judge(self._files.line(tid)) if self.shows_calls else Seen.UNKNOWN

    def judge(self, line: bytes) -> Seen:
        """The same by the kernel's line, or the beginning of one, that was read elsewhere."""
        if not self.shows_calls:
            return Seen.UNKNOWN
        if line.startswith(b"running"):
            return Seen.RUNNING
        call = _call(line)
        if call is None:
            return Seen.UNKNOWN
        number, argument = call
        if number != self._futex:
            return Seen.BLOCKED
        if not self._gil:
            return Seen.UNKNOWN  # a lock of the user's, or the GIL
        return Seen.STALLED if argument in self._gil else Seen.BLOCKED

    def _number_of_futex(self) -> int | None:
        """By looks at a thread of ours; None where the kernel does not tell, or not the truth."""
        try:
            looked_at = LookedAt()
        except OSError:  # no descriptor to be had: nothing can be found out, so nothing is claimed
            return None
        try:
            read = self._until(looked_at.tid, lambda _number, argument: argument == looked_at.pipe)
            looked_at.end_reading()
            return None if read is None else self._until(looked_at.tid, lambda number, _: number != read)
        finally:
            looked_at.let_go()
            self.forget_except(set())

    def _until(self, tid: int, is_it: Callable[[int, int], bool]) -> int | None:
        """The number of the call that the thread comes to rest in, if that is the one meant; None without an answer."""
        sleep, limit_ns = original("time", "sleep"), monotonic_ns() + CHECK_LIMIT_NS
        before: tuple[int, int] | None = None
        while line := self._files.line(tid):
            call = _call(line)
            if call is not None and call == before and is_it(*call):
                return call[0]
            if monotonic_ns() > limit_ns:
                return None
            before = call
            sleep(_CHECK_PAUSE_S)
        return None


def _call(line: bytes) -> tuple[int, int] | None:
    """The number and the first argument of `202 0x5580… 0x80 …`; None where the line tells of no call."""
    number, _, arguments = line.partition(b" ")
    try:
        call = int(number), int(arguments.split(b" ", 1)[0], 16)
    except ValueError:
        return None
    return call if call[0] >= 0 else None  # -1: it waits, and not in a call (a page fault)


def _interpreter_data() -> range:
    """The addresses of the interpreter's static data, where CPython keeps the GIL's condition variable."""
    try:
        address = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape")
    except (ValueError, OSError):
        return range(0)
    start, end = address, address
    for line in maps.splitlines():
        low, high = (int(part, 16) for part in line.split(" ", 1)[0].split("-"))
        if low <= address < high:
            start, end = low, high
        elif low == end and end > address and not line.endswith("[heap]"):
            end = high  # the same variable may reach into the zero-filled mapping that follows
    return range(start, end)
