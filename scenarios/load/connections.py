"""The open connections of one drive, by file descriptor, in one epoll. IPv4 loopback only."""

from __future__ import annotations

import select
from socket import AF_INET, SO_ERROR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SocketType, inet_pton
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scenarios.load.response import Response

# What a connection is for, where that is not a row waiting for the first byte of its answer.
IDLE: Final = -1
READING: Final = -2
CONNECTING: Final = -3

_STREAM: Final = SOCK_STREAM | SOCK_NONBLOCK


def is_loopback(host: str) -> bool:
    """Whether `host` is an address in 127.0.0.0/8, written out."""
    try:
        return inet_pton(AF_INET, host)[0] == 127
    except OSError:
        return False


def new_socket() -> SocketType:
    """Not blocking from birth. The C type: its Python subclass costs a microsecond more."""
    return SocketType(AF_INET, _STREAM, 0)


class Connections:
    """Sockets, and what each is for."""

    __slots__ = ("connecting", "doing", "epoll", "idle", "responses", "sockets")

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.sockets: dict[int, SocketType] = {}
        self.doing: dict[int, int] = {}  # a row, or IDLE, READING, CONNECTING
        self.idle: dict[int, None] = {}  # a set that gives back what came last
        self.responses: dict[int, Response] = {}  # of those that are READING
        self.connecting: dict[int, int] = {}  # the rows of those that are CONNECTING

    def adopt(self, sock: SocketType, row: int) -> None:
        """Wait for the answer to a request that is sent."""
        fd = sock.fileno()
        self.sockets[fd] = sock
        self.doing[fd] = row
        self.epoll.register(fd, select.EPOLLIN)

    def await_handshake(self, sock: SocketType, row: int) -> None:
        """Wait until a request can be sent."""
        fd = sock.fileno()
        self.sockets[fd] = sock
        self.doing[fd] = CONNECTING
        self.connecting[fd] = row
        self.epoll.register(fd, select.EPOLLOUT)

    def handshake_over(self, fd: int) -> None:
        """The request is sent after all: wait for its answer."""
        self.doing[fd] = self.connecting.pop(fd)
        self.epoll.modify(fd, select.EPOLLIN)

    def keep(self, fd: int) -> None:
        """Leave it open for another visitor."""
        self.doing[fd] = IDLE
        self.idle[fd] = None

    def hang_up(self, fd: int) -> None:
        """Close one; closing takes it out of the epoll too."""
        if self.doing.pop(fd) < 0:
            self._forget(fd)
        self.sockets.pop(fd).close()

    def _forget(self, fd: int) -> None:
        self.responses.pop(fd, None)
        self.connecting.pop(fd, None)
        self.idle.pop(fd, None)

    def row_of(self, fd: int) -> int:
        """The row that it serves, or IDLE."""
        doing = self.doing[fd]
        if doing == READING:
            return self.responses[fd].row
        return self.connecting[fd] if doing == CONNECTING else doing

    def error_of(self, fd: int) -> int:
        """The error number that the kernel keeps for it."""
        return self.sockets[fd].getsockopt(SOL_SOCKET, SO_ERROR)

    def close(self) -> None:
        """Hang up on everybody."""
        for fd in list(self.sockets):
            self.hang_up(fd)
        self.epoll.close()
