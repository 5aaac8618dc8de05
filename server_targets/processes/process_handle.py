"""A hold on one process, so that a signal never reaches another one that was given the same pid later."""

from __future__ import annotations

import os
import signal

from asgi_vs_wsgi.server_targets.processes.process_table import read_entry


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
