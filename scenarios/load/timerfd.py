"""A kernel timer (timerfd) for the arrivals: the event loop's own timers have a grain of a millisecond.

`man timerfd_create`; Python has it from 3.13 on, so ctypes calls it.
"""

from __future__ import annotations

import ctypes
import os
import time

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
