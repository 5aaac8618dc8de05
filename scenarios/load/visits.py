"""What every visitor saw: one row per planned request, in columns that are allocated before the run.

A row is a request; its id on the wire is `first_id + row`. The six times are `time.monotonic_ns()` values in
the order in which they happen, 0 where it did not happen:

    intended ── connect_start ── connected ── sent ── first_byte ── done

`sent` is when the last byte of the request went out, or the answer began before; where that took its time,
`send_start` is when the first one did.

`done` is when the visit ended, well or not. On a connection that was kept from an earlier visit there was
nothing to connect: `connect_start` and `connected` are the same instant (see `reused`).

What keeps a client from sending: the limits of this machine and of this process, which are no server's failure.

Each is an error kind of its own, by the name of its errno, so that it is never counted among a server's refusals.

Every visitor needs a descriptor; the usual soft limit is 1,024.
"""

from __future__ import annotations

import errno
import resource
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.load.http_messages import AnswerPieces

if TYPE_CHECKING:
    from collections.abc import Mapping

ADVICE: Final = {
    "EMFILE": "this process may open no more files: raise `ulimit -n`",
    "ENFILE": "the machine may open no more files: raise the sysctl fs.file-max",
    "EADDRNOTAVAIL": "no local port is left: widen the sysctl net.ipv4.ip_local_port_range",
    "EADDRINUSE": "no local port is left: widen the sysctl net.ipv4.ip_local_port_range",
    "EAGAIN": "no local port is left: widen the sysctl net.ipv4.ip_local_port_range",
    "ENETUNREACH": "127.0.0.1 cannot be reached: bring the loopback interface up (ip link set lo up)",
    "ENETDOWN": "127.0.0.1 cannot be reached: bring the loopback interface up (ip link set lo up)",
    "EHOSTUNREACH": "127.0.0.1 cannot be reached: a route or a firewall of this machine is in the way",
    "ENOBUFS": "the kernel has no memory left for connections",
    "ENOMEM": "the kernel has no memory left for connections",
    "ENOSPC": "this user may watch no more connections: raise the sysctl fs.epoll.max_user_watches",
    "EACCES": "a firewall or a sandbox of this machine forbids the connection",
    "EPERM": "a firewall or a sandbox of this machine forbids the connection",
}
"""errno name to what it means on loopback, and the way out. Saved runs hold their places: more go to the end."""

CLIENT_ERRORS: Final = tuple(ADVICE)


def client_error(problem: int | None) -> str:
    """The name of an errno, where it is a limit of the client's; else empty."""
    name = errno.errorcode.get(problem or 0, "")
    return name if name in ADVICE else ""


def client_errors(errors: Mapping[str, int]) -> dict[str, int]:
    """Of error kinds and their counts, those of the client's own."""
    return {name: count for name, count in errors.items() if name in ADVICE and count}


LEAST = 48
"""For the screen with its lab, or a run without visitors; what visitors need beside that is counted for each run."""
MOST = 1 << 20
"""Containers may allow a thousand million, and a server's own code may go through all that it may have."""


def raise_open_files() -> int:
    """Raise this process's limit of open files to what it may have, and return that; what it starts inherits it."""
    soft, hard = (MOST if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(_FILES))
    wanted = min(hard, max(soft, MOST))
    if wanted > soft:
        with suppress(OSError, ValueError):  # a sandbox may forbid even that
            resource.setrlimit(_FILES, (wanted, resource.getrlimit(_FILES)[1]))
    return open_files_limit()


def open_files_limit() -> int:
    """How many files this process may have open, and each that it starts."""
    return resource.getrlimit(_FILES)[0]


def check_open_files() -> None:
    """RunFailed where not even an event loop and its pipes could be had: uvloop aborts then."""
    if (allowed := raise_open_files()) < LEAST:
        raise RunFailed(f"`ulimit -n` allows {allowed} open files, and {LEAST} are needed", hint="ulimit -n 1024")


_FILES = resource.RLIMIT_NOFILE


PENDING: Final = 0
DONE: Final = 1
FAILED: Final = 2
CANCELLED: Final = 3
OUTCOMES: Final = ("pending", "done", "failed", "cancelled")

_OF_SERVERS: Final = ("", "timeout", "refused", "reset", "closed", "protocol", "status", "connect")
ERROR_KINDS: Final = (*_OF_SERVERS, *CLIENT_ERRORS, "unread")
"""By their numbers in saved runs: more go to the end."""
NO_ERROR: Final = 0
TIMEOUT: Final = 1
REFUSED: Final = 2
RESET: Final = 3
CLOSED: Final = 4  # the server ended the connection before a whole answer
PROTOCOL: Final = 5  # what came is not HTTP
STATUS: Final = 6  # a whole answer, with a status of 500 or more
CONNECT: Final = 7  # no connection, for a reason that is not known as the client's own (CLIENT_ERRORS)
CLIENT: Final = {getattr(errno, name): code for code, name in enumerate(CLIENT_ERRORS, len(_OF_SERVERS))}
"""errno to the error kind of a request that this client could not send."""
UNREAD: Final = ERROR_KINDS.index("unread")  # the server closed before it had taken all of the request


class Visits:
    """The columns of one drive. The driver writes them in place; anyone in its process may read at any time.

    To follow a drive, remember how far you have read `started` and `finished`: both only grow. They hold rows,
    in the order in which their visitors set out (a connection is opened or taken) and in which they ended. One
    that never set out, because it waited for a connection too long, is in `finished` alone.
    """

    __slots__ = (
        "bytes_received",
        "connect_start_ns",
        "connected_ns",
        "done_ns",
        "error",
        "finished",
        "first_byte_ns",
        "first_id",
        "intended_ns",
        "outcome",
        "pieces",
        "send_start_ns",
        "sent_ns",
        "start_ns",
        "started",
        "status",
    )

    def __init__(self, requests: int, first_id: int = 0) -> None:
        blank = bytes(8 * requests)
        self.first_id = first_id
        self.start_ns = 0  # the instant that the plan's offsets are counted from
        self.intended_ns = array("q", blank)
        self.connect_start_ns = array("q", blank)
        self.connected_ns = array("q", blank)
        self.send_start_ns = array("q", blank)  # first byte of a request in pieces; 0: it went out whole
        self.sent_ns = array("q", blank)
        self.first_byte_ns = array("q", blank)
        self.done_ns = array("q", blank)
        self.status = array("i", bytes(4 * requests))
        self.bytes_received = array("q", blank)  # of the whole answer, its head included
        self.outcome = bytearray(requests)
        self.error = bytearray(requests)
        self.pieces = AnswerPieces()
        self.started = array("I")
        self.finished = array("I")

    def __len__(self) -> int:
        return len(self.outcome)

    def trim(self, rows: int) -> None:
        """Forget the rows from `rows` on: a closed plan with a duration did not come to them."""
        if rows == len(self):
            return
        for column in (
            self.intended_ns,
            self.connect_start_ns,
            self.connected_ns,
            self.send_start_ns,
            self.sent_ns,
            self.first_byte_ns,
            self.done_ns,
            self.status,
            self.bytes_received,
            self.outcome,
            self.error,
        ):
            del column[rows:]

    def reused(self, row: int) -> bool:
        """Whether the request went out on a connection that an earlier visit had opened."""
        return self.connected_ns[row] != 0 and self.connect_start_ns[row] == self.connected_ns[row]

    def answered_early(self, row: int) -> bool:
        """Whether the answer began before all of the request was sent."""
        return self.sent_ns[row] != 0 and self.first_byte_ns[row] == self.sent_ns[row]

    def answered(self, row: int) -> bool:
        """Whether a whole answer came, whatever its status."""
        return self.outcome[row] == DONE or (self.outcome[row] == FAILED and self.error[row] == STATUS)

    def counts(self) -> dict[str, int]:
        """How many rows have each outcome; they add up to the rows."""
        return {name: self.outcome.count(code) for code, name in enumerate(OUTCOMES)}

    def errors(self) -> dict[str, int]:
        """How many visits failed, by kind; only the kinds that occurred."""
        counts = {kind: self.error.count(code) for code, kind in enumerate(ERROR_KINDS) if code}
        return {kind: count for kind, count in counts.items() if count}


class Columns:
    """Visits' columns as memoryviews: writing to one costs half of writing to an array."""

    __slots__ = (
        "bytes_received",
        "connect_start_ns",
        "connected_ns",
        "done_ns",
        "error",
        "finished",
        "first_byte_ns",
        "first_id",
        "intended_ns",
        "outcome",
        "send_start_ns",
        "sent_ns",
        "started",
        "status",
    )

    def __init__(self, visits: Visits) -> None:
        self.first_id = visits.first_id
        self.intended_ns = memoryview(visits.intended_ns)
        self.connect_start_ns = memoryview(visits.connect_start_ns)
        self.connected_ns = memoryview(visits.connected_ns)
        self.send_start_ns = memoryview(visits.send_start_ns)
        self.sent_ns = memoryview(visits.sent_ns)
        self.first_byte_ns = memoryview(visits.first_byte_ns)
        self.done_ns = memoryview(visits.done_ns)
        self.status = memoryview(visits.status)
        self.bytes_received = memoryview(visits.bytes_received)
        self.outcome = visits.outcome
        self.error = visits.error
        self.started: array[int] = visits.started
        self.finished: array[int] = visits.finished

    def end(self, row: int, outcome: int, error: int, now_ns: int) -> None:
        """A visit is over, and how."""
        self.done_ns[row] = now_ns
        self.outcome[row] = outcome
        self.error[row] = error
        self.finished.append(row)

    def release(self) -> None:
        """Let go of the arrays, which cannot be shortened before."""
        for name in self.__slots__:
            view = getattr(self, name)
            if isinstance(view, memoryview):
                view.release()
