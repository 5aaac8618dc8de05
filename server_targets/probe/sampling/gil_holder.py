"""What threads did while the sampler waited for the GIL at the end of its pause.

A call of C that keeps the GIL, to compute or to wait, can be looked at only when it is over. Its line is known even
then, since the interpreter gives the GIL away right after it; but by then its thread waits for the GIL, which the
sampler has. What that thread, and every other, did meanwhile is told by

    compiled    looks of a thread that needs no GIL (native/gil_holder.c)
    in Python   what the kernel counted for it: how long it was on the CPU, or ready for it, and how often it was woken.
                Who waits for the GIL wakes at every switch interval; who does neither waits in a call. The kernel
                counts how long somebody was ready only once he is on the CPU: of who is ready now, and was not given it
                meanwhile, nothing is known.

Without a GIL a pause that was too long is the machine's doing, and tells of nobody.
"""

from __future__ import annotations

import sys
from itertools import islice
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from asgi_vs_wsgi.server_targets.probe.gevent_originals import get_native_id, original
from asgi_vs_wsgi.server_targets.probe.protocol.records import Seen
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import has_gil
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

LONG_NS = 8_000_000
"""Who gives the GIL away when asked to does so within a switch interval of 5 ms."""
MOST = 16
"""Threads whose counts are read before a pause."""


class Look(NamedTuple):
    """What a thread did at some time of the wait, and its CPU clock then."""

    at_ns: int
    seen: Seen
    cpu_ns: int


class WatchedPauses:
    """With looks; `native` is the compiled module. For the sampler's thread alone."""

    def __init__(self, native: Any, judge: Callable[[bytes], Seen]) -> None:
        """`judge` says what a thread does by the kernel's line of its system call."""
        self._pause, self._so_far, self._judge = native.pause, native.looks_so_far, judge
        self.watcher: int = native.start_watching()
        """The kernel's id of the thread that looks."""
        self._looks: dict[int, list[Look]] = {}

    def pause(self, seconds: float, tids: Iterable[int]) -> None:
        """Rest for so long, and then until the GIL is to be had. `tids`: who may be at work meanwhile."""
        self._keep(self._pause(seconds))

    def waits_yet(self) -> bool:
        """For whoever has the GIL: whether the sampler waits for it, and has for long. Then `looks_at` tells of that
        wait up to now; what is told so is not told at its end."""
        looks = self._so_far()
        if looks is None:
            return False
        self._keep(looks)
        return True

    def _keep(self, looks: Iterable[tuple[int, int, int, bytes]]) -> None:
        self._looks = {}
        for tid, at_ns, cpu_ns, line in looks:
            self._looks.setdefault(tid, []).append(Look(at_ns, self._judge(line), cpu_ns))

    def looks_at(self, tid: int) -> list[Look]:
        """Of the wait at the end of the last pause, in order; mostly there was none."""
        return self._looks.get(tid, [])


class CountedPauses:
    """With the kernel's counts: at most one look at each thread, as if it had been taken at the end of the wait."""

    watcher = 0

    def __init__(self, seen: Callable[[int], Seen] | None = None) -> None:
        """`seen`: what a thread does now, by its kernel id."""
        self._seen = seen
        self._sleep: Callable[[float], None] = original("time", "sleep")
        self._files = ThreadFiles("schedstat")
        self._before: dict[int, tuple[int, int, int]] = {}
        self._due_ns = self._waited_ns = 0
        """When the pause that lasts is to be over, 0 where none does; how long the wait after it was."""
        self._counts = has_gil() and bool(sum(self._counts_of(get_native_id())))

    def pause(self, seconds: float, tids: Iterable[int]) -> None:
        """As above."""
        self._before = {tid: self._counts_of(tid) for tid in islice(tids, MOST)} if self._counts else {}
        self._files.forget_except(set(self._before))
        self._due_ns = monotonic_ns() + int(seconds * 1e9)
        self._sleep(seconds)
        self._waited_ns, self._due_ns = monotonic_ns() - self._due_ns, 0

    def waits_yet(self) -> bool:
        """As above."""
        now_ns = monotonic_ns()
        if not self._counts or not self._due_ns or now_ns - self._due_ns < LONG_NS:
            return False
        self._waited_ns, self._due_ns = now_ns - self._due_ns, now_ns
        return True

    def looks_at(self, tid: int) -> list[Look]:
        """As above."""
        if self._waited_ns < LONG_NS or not self._counts:
            return []
        now, before = self._counts_of(tid), self._before.get(tid, (0, 0, 0))  # it may have been born meanwhile
        cpu_ns, ready_ns, woken = (count - then for count, then in zip(now, before))
        asleep_ns = self._waited_ns - cpu_ns - ready_ns
        for_gil_ns = woken * sys.getswitchinterval() * 1e9
        if not now[0] or asleep_ns < self._waited_ns / 2 or for_gil_ns > asleep_ns / 2:
            return []
        if not woken and self._seen is not None and self._seen(tid) is Seen.RUNNING:
            return []
        return [Look(monotonic_ns(), Seen.BLOCKED, now[0])]

    def _counts_of(self, tid: int) -> tuple[int, int, int]:
        """Time on the CPU, time ready for it, and how often it was given it (proc(5), schedstat)."""
        counts = self._files.line(tid).split()
        return (int(counts[0]), int(counts[1]), int(counts[2])) if len(counts) == 3 else (0, 0, 0)


Pauses = Union[WatchedPauses, CountedPauses]


def best_pauses(native: Any, states: ThreadStates) -> Pauses:
    """On the thread that is to pause. `native`: the compiled module, None where there is none."""
    if native is not None:
        watched = WatchedPauses(native, states.judge)
        if watched.watcher:
            return watched
    return CountedPauses(states.seen)
