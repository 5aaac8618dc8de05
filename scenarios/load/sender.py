"""Setting out: a visitor takes a connection that is open, or opens one, and sends its request."""

from __future__ import annotations

from errno import ECONNREFUSED, ECONNRESET, EINPROGRESS, EPIPE
from os import close, write
from select import EPOLLIN
from socket import AF_INET, SOCK_NONBLOCK, SOCK_STREAM, SocketType
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.load.visits import CLIENT, CONNECT, REFUSED, RESET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.load.connection_pool import ConnectionPool
    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.visits import Columns

_STREAM: Final = int(SOCK_STREAM | SOCK_NONBLOCK)
_BEGUN: Final = (EINPROGRESS, 0)
KIND_OF: Final = {**CLIENT, ECONNREFUSED: REFUSED, ECONNRESET: RESET, EPIPE: RESET}


def error_kind(problem: OSError, otherwise: int) -> int:
    """What a visitor would call it; what kept this client from sending goes by the name of its errno."""
    return KIND_OF.get(problem.errno or 0, otherwise)


class Sender:
    """Sends the plan's requests. `failed(row, error)` is told of visits that could not be made."""

    __slots__ = ("_address", "_columns", "_connections", "_doing", "_failed", "_path", "_register", "_templates")

    def __init__(
        self,
        plan: Plan,
        address: tuple[str, int],
        templates: Sequence[bytes],
        columns: Columns,
        connections: ConnectionPool,
        failed: Callable[[int, int], None],
    ) -> None:
        self._address = address
        self._templates = templates
        self._path = memoryview(plan.path)
        self._columns = columns
        self._connections = connections
        self._doing = connections.doing
        self._register = connections.epoll.register
        self._failed = failed

    def set_out(self, row: int) -> None:
        """Begin a visit."""
        self._columns.started.append(row)
        if self._connections.idle:
            self._send_again(self._connections.take_idle(), row)
        else:
            self.connect(row)

    def _send_again(self, fd: int, row: int) -> None:
        # On a connection that another visit left open: it was connected as soon as it was taken.
        columns = self._columns
        columns.connect_start_ns[row] = columns.connected_ns[row] = columns.sent_ns[row] = monotonic_ns()
        self._doing[fd] = row
        try:
            write(fd, self._request(row))
        except OSError:
            self.connect_instead(fd, row)

    def connect_instead(self, fd: int, row: int) -> None:
        """The server had left a kept connection, so no application can have seen the request: try another."""
        self._connections.hang_up(fd)
        self.connect(row)

    def connect(self, row: int) -> None:
        """On a new connection.

        The request is tried right after `connect`: on loopback the handshake is over by then, and waiting for
        the epoll to say so would cost two more system calls.
        """
        columns = self._columns
        columns.connect_start_ns[row] = monotonic_ns()
        try:
            sock = SocketType(AF_INET, _STREAM, 0)  # the C type: its Python subclass costs a microsecond more
        except OSError as refusal:  # no descriptor is free
            self._failed(row, error_kind(refusal, CONNECT))
            return
        problem = sock.connect_ex(self._address)
        fd = sock.detach()
        now_ns = monotonic_ns()
        if problem not in _BEGUN:  # also EAGAIN, which here means that no local port was found
            close(fd)
            self._failed(row, KIND_OF.get(problem, CONNECT))
            return
        try:
            write(fd, self._templates[self._path[row]] % (columns.first_id + row))
        except OSError as refusal:
            self._not_sent(fd, row, refusal)
            return
        columns.connected_ns[row] = columns.sent_ns[row] = now_ns
        self._doing[fd] = row
        try:
            self._register(fd, EPOLLIN)
        except OSError as unwatched:  # its answer cannot be waited for
            self._lose(fd, row, unwatched)

    def _not_sent(self, fd: int, row: int, refusal: OSError) -> None:
        if not isinstance(refusal, BlockingIOError):
            close(fd)
            self._failed(row, error_kind(refusal, CONNECT))
            return
        self._columns.connected_ns[row] = self._columns.sent_ns[row] = 0  # the server's line is full: it takes its time
        try:
            self._connections.await_handshake(fd, row)
        except OSError as problem:
            self._lose(fd, row, problem)

    def _lose(self, fd: int, row: int, problem: OSError) -> None:
        self._connections.hang_up(fd)
        self._failed(row, error_kind(problem, CONNECT))

    def handshake_over(self, fd: int) -> bool:
        """Send what has waited for its connection; whether that went well."""
        row, now_ns = self._connections.connecting[fd], monotonic_ns()
        try:
            write(fd, self._request(row))
        except BlockingIOError:
            return False
        except OSError as refusal:
            self._lose(fd, row, refusal)
            return False
        self._columns.connected_ns[row] = self._columns.sent_ns[row] = now_ns
        self._connections.handshake_over(fd)
        return True

    def _request(self, row: int) -> bytes:
        # Shorter than the empty send buffer that it goes into, so that one write takes it all.
        return self._templates[self._path[row]] % (self._columns.first_id + row)
