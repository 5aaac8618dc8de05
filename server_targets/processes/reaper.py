"""The init of one server: everything that the server and its views start ends with it, however it ends.

    lab ──► reaper ──► server ──► workers ──► what views start, in whatever session or group
              ▲                                  │
              └────────── orphans come here ─────┘      PR_SET_CHILD_SUBREAPER, prctl(2)

It waits for the server's end, the lab's end (the kernel's parent-death signal) or the lab's word (SIGTERM), then ends
every descendant and tells which they were. Standard library alone, and no thread: it is forked before the server is
imported, so that it costs no start of its own.

What a reaper tells the lab, on a pipe: the server's pid at its start, and at its end what it had to end.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry, below
from asgi_vs_wsgi.server_targets.processes.termination import end_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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


class EndedProcess(NamedTuple):
    """A process that still ran when its server ended."""

    pid: int
    parent: int
    command: str


class ReaperReport:
    """The lab's end of the pipe, and until the reaper is started also the other."""

    def __init__(self) -> None:
        self._ours, self.their_end = os.pipe()
        os.set_blocking(self._ours, False)
        self._pending = b""
        self._server: int | None = None
        self._ended: list[EndedProcess] | None = None

    def let_go(self) -> None:
        """The reaper has its own copy of its end by now."""
        os.close(self.their_end)
        self.their_end = -1

    def close(self) -> None:
        """Hear no more."""
        if self.their_end >= 0:
            self.let_go()
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    @property
    def server(self) -> int | None:
        """The server's own pid, once it is known."""
        if self._server is None:
            self.read()
        return self._server

    @property
    def ended(self) -> list[EndedProcess] | None:
        """All that the reaper had to end, the server itself left out; None where it was killed before it could tell."""
        self.read()
        return self._ended

    def read(self) -> None:
        """Take what has arrived."""
        with contextlib.suppress(BlockingIOError):
            while self._ours >= 0 and (data := os.read(self._ours, 1 << 16)):
                self._pending += data
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            message = json.loads(line)
            self._server = message.get("server", self._server)
            if "ended" in message:
                self._ended = [EndedProcess(*entry) for entry in message["ended"]]


def started_by_views(ended: Iterable[EndedProcess], server: int, workers: Collection[int]) -> Counter[str]:
    """How many there were of each command, without the server's own: its workers and what stands beside them.

    A view's are those below a worker, and orphans, which have come to the reaper: their parent has ended.
    """
    by_pid = {each.pid: each for each in ended if each.pid != server}
    return Counter(each.command for each in by_pid.values() if _is_of_a_view(each, by_pid, server, workers))


def _is_of_a_view(each: EndedProcess, by_pid: dict[int, EndedProcess], server: int, workers: Collection[int]) -> bool:
    if each.pid in workers:
        return False
    above = each.parent
    while above not in workers and above in by_pid:
        above = by_pid[above].parent
    return above in workers or above != server
