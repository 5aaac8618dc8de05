"""Setting out: a visitor takes a connection that is open, or opens one, and sends its request."""

from __future__ import annotations

from errno import ECONNREFUSED, ECONNRESET, EINPROGRESS, EPIPE
from os import close, write
from select import EPOLLIN
from socket import AF_INET, SOCK_NONBLOCK, SOCK_STREAM, SocketType
from time import monotonic_ns
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.load.request_templates import Outgoing, RequestTemplate
from asgi_vs_wsgi.scenarios.load.visits import CLIENT, CONNECT, REFUSED, RESET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.load.connection_pool import ConnectionPool
    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.request_templates import Template
    from asgi_vs_wsgi.scenarios.load.visits import Columns

_STREAM: Final = int(SOCK_STREAM | SOCK_NONBLOCK)
_BEGUN: Final = (EINPROGRESS, 0)
KIND_OF: Final = {**CLIENT, ECONNREFUSED: REFUSED, ECONNRESET: RESET, EPIPE: RESET}


def error_kind(problem: OSError, otherwise: int) -> int:
    """What a visitor would call it; what kept this client from sending goes by the name of its errno."""
    return KIND_OF.get(problem.errno or 0, otherwise)


class Sender:
    """Sends the plan's requests. `failed(row, error)` is told of visits that could not be made."""

    __slots__ = (
        "_address",
        "_columns",
        "_connections",
        "_doing",
        "_failed",
        "_path",
        "_register",
        "_templates",
        "all_small",
        "retried",
    )

    def __init__(
        self,
        plan: Plan,
        address: tuple[str, int],
        templates: Sequence[Template],
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
        self.all_small = not any(isinstance(template, RequestTemplate) for template in templates)
        """Whether any request is shorter than the empty send buffer that it goes into: one write takes all of it."""
        self.retried = 0
        """Requests that went out once more, since the server had left the connection that was kept."""

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
            if self.all_small:
                write(fd, self._templates[self._path[row]] % (columns.first_id + row))
            elif (left := self._send(fd, row)) is not None:
                self._send_later(fd, left, known=True)
        except OSError:
            self.connect_instead(fd, row)

    def connect_instead(self, fd: int, row: int) -> None:
        """The server had left a kept connection, so no application can have seen the request: try another."""
        self.retried += 1
        self._columns.send_start_ns[row] = 0
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
        left: Outgoing | None = None
        try:
            if self.all_small:
                write(fd, self._templates[self._path[row]] % (columns.first_id + row))
            else:
                left = self._send(fd, row)
        except OSError as refusal:
            self._not_sent(fd, row, refusal)
            return
        columns.connected_ns[row] = columns.sent_ns[row] = now_ns
        self._doing[fd] = row
        try:
            if left is None:
                self._register(fd, EPOLLIN)
            else:
                self._send_later(fd, left, known=False)
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
            left = self._send(fd, row)
        except BlockingIOError:
            return False
        except OSError as refusal:
            self._lose(fd, row, refusal)
            return False
        self._columns.connected_ns[row] = self._columns.sent_ns[row] = now_ns
        self._connections.handshake_over(fd)
        if left is not None:
            self._send_later(fd, left, known=True)
        return True

    def _send(self, fd: int, row: int) -> Outgoing | None:
        """What the send buffer did not take, where it did not take all; an OSError where it took nothing."""
        template, request_id = self._templates[self._path[row]], self._columns.first_id + row
        if not isinstance(template, RequestTemplate):
            write(fd, template % request_id)
            return None
        outgoing = Outgoing(row, template.head(request_id), template.body)
        return None if outgoing.write(fd) else outgoing

    def _send_later(self, fd: int, left: Outgoing, *, known: bool) -> None:
        self._columns.send_start_ns[left.row] = self._columns.sent_ns[left.row]
        self._columns.sent_ns[left.row] = 0
        self._connections.await_room(fd, left, known=known)

    def send_on(self, fd: int) -> None:
        """There is room for more of a request; or the server is gone, and what it has said is still to be read."""
        left = self._connections.outgoing[fd]
        try:
            if not left.write(fd):
                return
        except BlockingIOError:
            return
        except OSError:
            self._connections.stop_sending(fd)
            return
        self.sending_ends(left.row, monotonic_ns())
        self._connections.all_sent(fd)

    def sending_ends(self, row: int, now_ns: int) -> None:
        """The last byte of a request is out, or its answer has begun before."""
        self._columns.sent_ns[row] = self._columns.sent_ns[row] or now_ns
