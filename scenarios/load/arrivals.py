"""Who is next: the plan's rows in order, each handed out when its visitor is due.

A kernel timer (timerfd) for the arrivals: the event loop's own timers have a grain of a millisecond.

`man timerfd_create`; Python has it from 3.13 on, so ctypes calls it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import heapq
import itertools
import os
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.load.plan import Plan


NEVER = 2**62

_ABSOLUTE = 1  # TFD_TIMER_ABSTIME
_libc = ctypes.CDLL(None, use_errno=True)


class _Spec(ctypes.Structure):
    # struct itimerspec; a zero interval means once, a zero value means never
    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "value_s", "value_ns")]


class Timer:
    """A descriptor that is readable from one instant of the monotonic clock on, until it is read or set again.

    Whoever waits for it closes it.
    """

    __slots__ = ("_fd", "_spec", "_spec_ref")

    def __init__(self) -> None:
        self._fd = int(_libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
        if self._fd < 0:
            problem = ctypes.get_errno()
            raise OSError(problem, os.strerror(problem))
        self._spec = _Spec()
        self._spec_ref = ctypes.byref(self._spec)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._fd

    def set(self, when_ns: int) -> None:
        """Wait for `when_ns` (at once when that is past) instead of the instant set before; or for NEVER."""
        when_ns = 0 if when_ns == NEVER else max(when_ns, 1)
        self._spec.value_s, self._spec.value_ns = divmod(when_ns, 1_000_000_000)
        _libc.timerfd_settime(self._fd, _ABSOLUTE, self._spec_ref, None)


class Alarm:
    """Wakes coroutines at instants of the monotonic clock, all by one such timer. To be entered on a running loop."""

    def __init__(self) -> None:
        self._timer: Timer | None = None
        """Once somebody waits."""
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._timer is not None:
            self._loop.remove_reader(self._timer.fileno())
            os.close(self._timer.fileno())

    async def until(self, when_ns: int) -> None:
        """Returns then, or at once where that is past."""
        if when_ns <= time.monotonic_ns():
            return
        if self._timer is None:
            self._timer = Timer()
            self._loop.add_reader(self._timer.fileno(), self._ring, self._timer)
        rung: asyncio.Future[None] = self._loop.create_future()
        heapq.heappush(self._waiting, (when_ns, next(self._order), rung))
        if self._waiting[0][2] is rung:
            self._timer.set(when_ns)
        await rung

    def _ring(self, timer: Timer) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(timer.fileno(), 8)
        now_ns = time.monotonic_ns()
        while self._waiting and self._waiting[0][0] <= now_ns:
            _, _, rung = heapq.heappop(self._waiting)
            if not rung.done():
                rung.set_result(None)
        timer.set(self._waiting[0][0] if self._waiting else NEVER)


NOBODY: Final = -1


class OpenArrivals:
    """Visitors come on schedule, whatever the server does."""

    closed = False

    def __init__(self, plan: Plan, intended_ns: memoryview[int], start_ns: int) -> None:
        self.next_row = 0
        self.last_row = plan.requests  # rows from here on do not come
        self.stop_ns = NEVER
        self._intended_ns = intended_ns
        for row, offset_ns in enumerate(plan.offsets_ns):
            intended_ns[row] = start_ns + offset_ns

    def due_ns(self) -> int:
        """When the next visitor is due."""
        return self._intended_ns[self.next_row] if self.next_row < self.last_row else NEVER

    def next_due(self, now_ns: int) -> int:
        """The row of the next visitor if it is due, or NOBODY."""
        if self.due_ns() > now_ns:
            return NOBODY
        self.next_row += 1
        return self.next_row - 1

    def came_back(self, now_ns: int) -> None:
        """A visitor is done, and does not come again."""

    def stop(self) -> None:
        """The plan ends by itself."""


class ClosedArrivals:
    """Each visitor comes again as soon as it has its answer."""

    closed = True

    def __init__(self, plan: Plan, intended_ns: memoryview[int], start_ns: int) -> None:
        self.next_row = 0
        self.last_row = plan.requests
        self.stop_ns = NEVER if plan.duration_s is None else start_ns + round(plan.duration_s * 1e9)
        self._intended_ns = intended_ns
        self._ready_ns = deque(start_ns + offset_ns for offset_ns in plan.offsets_ns)

    def due_ns(self) -> int:
        """When the next visitor is due."""
        return self._ready_ns[0] if self._ready_ns and self.next_row < self.last_row else NEVER

    def next_due(self, now_ns: int) -> int:
        """The row of the next visitor if it is due, or NOBODY."""
        if self.due_ns() > now_ns:
            return NOBODY
        row = self.next_row
        self.next_row = row + 1
        self._intended_ns[row] = self._ready_ns.popleft()
        return row

    def came_back(self, now_ns: int) -> None:
        """A visitor is done, and wants to come again."""
        self._ready_ns.append(now_ns)

    def stop(self) -> None:
        """Nobody comes any more."""
        self.last_row, self.stop_ns = self.next_row, NEVER


Arrivals = OpenArrivals | ClosedArrivals
