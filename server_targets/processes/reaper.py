"""The init of one server: everything that the server and its views start ends with it, however it ends.

    lab ──► reaper ──► server ──► workers ──► what views start, in whatever session or group
              ▲                                  │
              └────────── orphans come here ─────┘      PR_SET_CHILD_SUBREAPER, prctl(2)

It waits for the server's end, the lab's end (the kernel's parent-death signal) or the lab's word (SIGTERM), then ends
every descendant and tells which they were. Standard library alone, and no thread: it is forked before the server is
imported, so that it costs no start of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
from typing import NoReturn

from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry, below
from asgi_vs_wsgi.server_targets.processes.termination import end_all

END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
WATCHED = frozenset({*END_SIGNALS, signal.SIGCHLD})
"""To be blocked before the server is forked, so that none of them is missed."""
WITHIN_S = 1.5
_MOST_TOLD = 500
"""Of the processes that were ended; a report must fit into a pipe that nobody reads meanwhile."""


class Reaper:
    """One per server; `run` does not return."""

    def __init__(self, server: int, report: int) -> None:
        """`server`: the pid of our child. `report`: a pipe to the lab."""
        self._server, self._report = server, report
        self._status: int | None = None

    def run(self) -> NoReturn:
        """Wait, end everything, tell, and end as the server did."""
        keep_only(self._report)
        self._tell({"server": self._server})
        while self._status is None and signal.sigwait(WATCHED) == signal.SIGCHLD:
            self._reap()
        ended = end_all(self._below, self._reap, WITHIN_S)
        told = [entry for entry in ended if entry.pid != self._server][:_MOST_TOLD]
        self._tell({"ended": [[entry.pid, entry.parent, entry.command] for entry in told]})
        end_like(self._status)

    def _below(self, *, thorough: bool) -> list[ProcessEntry]:
        return below(os.getpid(), thorough=thorough)

    def _reap(self) -> None:
        """Take the status of whatever has ended: our server, and orphans that came to us."""
        with contextlib.suppress(ChildProcessError):
            while (reaped := os.waitpid(-1, os.WNOHANG))[0]:
                if reaped[0] == self._server and self._status is None:
                    self._status = reaped[1]

    def _tell(self, message: dict[str, object]) -> None:
        """The lab may be gone."""
        with contextlib.suppress(OSError):
            os.write(self._report, json.dumps(message).encode() + b"\n")


def keep_only(descriptor: int) -> None:
    """Close what was handed down for the server: a listening socket that we kept would accept for a dead server."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        if int(name) > 2 and int(name) != descriptor:
            with contextlib.suppress(OSError):
                os.close(int(name))


def end_like(status: int | None) -> NoReturn:
    """With the exit status of the server, or by the signal that ended it, which dumps no second core."""
    if status is None:
        status = signal.SIGKILL
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
