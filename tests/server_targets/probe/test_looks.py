"""Looks at threads: true ones where the kernel shows system calls, and none that are made up where it does not."""

from __future__ import annotations

import ctypes
import errno
import operator
import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from asgi_vs_wsgi.server_targets.probe.protocol.records import Seen
from asgi_vs_wsgi.server_targets.probe.sampling import thread_state as looks
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

OF_ARM = {0: 63, 202: 98, 7: 73, 230: 115, 232: 22, 270: 72, 271: 73, 45: 207, 61: 260}
"""Numbers of x86_64's calls on aarch64 (and on every newer architecture): read, futex, ppoll, clock_nanosleep …"""


class Libc:
    """The C library's three, one of them changed."""

    def __init__(self, **changed) -> None:
        self._real = ctypes.PyDLL(None, use_errno=True)
        self._changed = changed
        self.opened: list[int] = []

    def open(self, path, flags):
        if "open" in self._changed:
            ctypes.set_errno(self._changed["open"])
            return -1
        self.opened.append(self._real.open(path, flags))
        return self.opened[-1]

    def pread(self, descriptor, buffer, size, offset):
        if "pread" in self._changed:
            ctypes.set_errno(self._changed["pread"])
            return -1
        length = self._real.pread(descriptor, buffer, size, offset)
        if length > 0 and "line" in self._changed:
            line = self._changed["line"](buffer.raw[:length])
            ctypes.memmove(buffer, line, len(line))
            return len(line)
        return length

    def close(self, descriptor):
        self.opened.remove(descriptor)
        return self._real.close(descriptor)


def numbered_as(numbers):
    """The kernel's line with the calls numbered as another architecture does."""

    def line(real: bytes) -> bytes:
        number, blank, rest = real.partition(b" ")
        return str(numbers.get(int(number), 1000)).encode() + blank + rest if blank else real

    return line


@contextmanager
def doing(call):
    """The kernel's id of a thread that does it, once it has begun."""
    begun, tids = threading.Event(), []

    def run():
        tids.append(threading.get_native_id())
        begun.set()
        call()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    yield tids[0]
    thread.join()


def seen_of(looks: ThreadStates, tid: int, wanted: Seen, *, looks_at_a_time: int = 1) -> Seen:
    """As soon as it is the one meant, else the last one after five seconds; the GIL is kept for so many looks."""
    until = time.monotonic() + 5
    while True:
        seen = [looks.seen(tid) for _ in range(looks_at_a_time)]
        if wanted in seen or time.monotonic() > until:
            return wanted if wanted in seen else seen[-1]
        time.sleep(0.001)


def read_of_a_pipe(ends):
    return lambda: os.read(ends[0], 1)


KERNELS = {"its own": {}, "numbered as on aarch64": {"line": numbered_as(OF_ARM)}}


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_who_waits_is_blocked_and_a_lock_is_not_the_gil(kernel):
    looks = ThreadStates(Libc(**kernel))
    assert looks.shows_calls
    ends, lock = os.pipe(), threading.Lock()
    with doing(read_of_a_pipe(ends)) as tid:
        reading = seen_of(looks, tid, Seen.BLOCKED)
        os.write(ends[1], b"x")
    lock.acquire()
    with doing(lock.acquire) as tid:
        locked = seen_of(looks, tid, Seen.BLOCKED)
        lock.release()
    assert (reading, locked) == (Seen.BLOCKED, Seen.BLOCKED)
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_who_wants_the_gil_is_stalled(kernel):
    looks, stop = ThreadStates(Libc(**kernel)), []

    def spin():
        while not stop:
            pass

    with doing(spin) as tid:
        seen = seen_of(looks, tid, Seen.STALLED, looks_at_a_time=1000)
        stop.append(True)
    assert seen is Seen.STALLED


REFUSALS = {
    **{f"open fails with {errno.errorcode[number]}": {"open": number} for number in (errno.ENOENT, errno.EACCES)},
    "open fails with EMFILE": {"open": errno.EMFILE},
    **{f"read fails with {errno.errorcode[number]}": {"pread": number} for number in (errno.EPERM, errno.ENOSYS)},
    "it is empty": {"line": lambda real: b""},
    "all are said to be running": {"line": lambda real: b"running\n"},
    "all are said to wait in no call": {"line": lambda real: b"-1 0x7ffe 0x7f00\n"},
    "the arguments are hidden": {"line": lambda real: real.split(b" ")[0] + b" 0x0 0x0 0x0\n"},
    "it is something else": {"line": lambda real: b"State: S (sleeping)\n"},
}


@pytest.mark.parametrize("kernel", REFUSALS.values(), ids=REFUSALS)
def test_a_kernel_that_does_not_show_calls_is_found_out_and_nothing_is_claimed(kernel, monkeypatch):
    monkeypatch.setattr(looks, "CHECK_LIMIT_NS", 30_000_000)
    libc = Libc(**kernel)
    looked = ThreadStates(libc)
    assert not looked.shows_calls
    with doing(lambda: time.sleep(0.02)) as tid:
        assert looked.seen(tid) is Seen.UNKNOWN
    assert not libc.opened, "no descriptor is left open"


def test_a_kernel_that_ceases_to_show_calls_is_not_taken_for_running():
    """A process that gives up its rights later may not open the file any more."""
    libc = Libc()
    looked = ThreadStates(libc)
    libc._changed["open"] = errno.EACCES
    with doing(lambda: time.sleep(0.02)) as tid:
        assert looked.seen(tid) is Seen.UNKNOWN


def test_who_waits_in_no_call_is_not_taken_for_blocked():
    """As in a page fault: the kernel says -1."""
    libc = Libc()
    looked = ThreadStates(libc)
    libc._changed["line"] = lambda real: b"-1 0x7ffe 0x7f00\n"
    with doing(lambda: time.sleep(0.02)) as tid:
        assert looked.seen(tid) is Seen.UNKNOWN


def test_without_a_descriptor_to_look_with_nothing_is_claimed(monkeypatch):
    def pipe():
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "pipe", pipe)
    assert not ThreadStates().shows_calls


def test_where_the_interpreters_memory_is_not_known_a_lock_and_the_gil_are_not_told_apart(monkeypatch):
    monkeypatch.setattr(looks, "_interpreter_data", lambda: range(0))
    looked = ThreadStates()
    lock = threading.Lock()
    lock.acquire()
    with doing(lock.acquire) as tid:
        locked = seen_of(looked, tid, Seen.UNKNOWN)
        lock.release()
    assert locked is Seen.UNKNOWN
    with doing(lambda: time.sleep(0.1)) as tid:  # no futex: blocked, whatever the GIL is
        assert seen_of(looked, tid, Seen.BLOCKED) is Seen.BLOCKED


def test_what_it_took_to_find_out_is_gone():
    def counts():
        return [len(list(Path("/proc/self", of).iterdir())) for of in ("task", "fd")]

    before = counts()
    for _ in range(5):
        ThreadStates()
    until = time.monotonic() + 5
    while not all(map(operator.le, counts(), before)) and time.monotonic() < until:
        time.sleep(0.001)
    assert all(map(operator.le, counts(), before))
