"""The open connections of one drive, by file descriptor, in one epoll. IPv4 loopback only.

Bare descriptors instead of socket objects: `os.read` and `os.write` cost less than `recv` and `send`.
"""

from __future__ import annotations

import os
import select
from socket import AF_INET, SO_ERROR, SOCK_STREAM, SOL_SOCKET, SocketType, inet_pton
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.load.arrivals import Timer

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.load.http_messages import Response
    from asgi_vs_wsgi.scenarios.load.request_templates import Outgoing

# What a descriptor is for, where that is not a row waiting for the first byte of its answer.
IDLE: Final = -1
READING: Final = -2
CONNECTING: Final = -3
TIMER: Final = -4
SENDING: Final = -5


def is_loopback(host: str) -> bool:
    """Whether `host` is an address in 127.0.0.0/8, written out."""
    try:
        return inet_pton(AF_INET, host)[0] == 127
    except OSError:
        return False


class ConnectionPool:
    """What each open descriptor is for; and a timer among them, so that there is one thing to wait for."""

    __slots__ = ("connecting", "doing", "epoll", "idle", "outgoing", "responses", "timer")

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.timer = Timer()
        self.epoll.register(self.timer.fileno(), select.EPOLLIN)
        self.doing = {self.timer.fileno(): TIMER}  # a row, or IDLE, READING, CONNECTING, TIMER, SENDING
        self.idle: dict[int, None] = {}  # a set that gives back what came last
        self.responses: dict[int, Response] = {}  # of those that are READING
        self.connecting: dict[int, int] = {}  # the rows of those that are CONNECTING
        self.outgoing: dict[int, Outgoing] = {}  # what is not sent yet, of those that are SENDING, or READING too early

    def __len__(self) -> int:
        return len(self.doing) - 1

    def await_handshake(self, fd: int, row: int) -> None:
        """A new connection cannot send yet."""
        self.doing[fd] = CONNECTING
        self.connecting[fd] = row
        self.epoll.register(fd, select.EPOLLOUT)

    def handshake_over(self, fd: int) -> None:
        """The request is sent after all: wait for its answer."""
        self.doing[fd] = self.connecting.pop(fd)
        self.epoll.modify(fd, select.EPOLLIN)

    def await_room(self, fd: int, outgoing: Outgoing, *, known: bool) -> None:
        """The send buffer took a part of a request; `known`: the connection has been watched before."""
        self.doing[fd] = SENDING
        self.outgoing[fd] = outgoing
        (self.epoll.modify if known else self.epoll.register)(fd, select.EPOLLIN | select.EPOLLOUT)

    def all_sent(self, fd: int) -> None:
        """The last of a request is out."""
        row = self.outgoing.pop(fd).row
        if self.doing[fd] == SENDING:
            self.doing[fd] = row
        self.epoll.modify(fd, select.EPOLLIN)

    def stop_sending(self, fd: int) -> None:
        """Nobody takes what is left; there may be an answer all the same."""
        self.epoll.modify(fd, select.EPOLLIN)

    def begin_reading(self, fd: int, response: Response) -> None:
        """The first piece of an answer is here."""
        self.doing[fd] = READING
        self.responses[fd] = response

    def keep(self, fd: int) -> None:
        """Leave it open for another visitor."""
        self.responses.pop(fd, None)
        self.doing[fd] = IDLE
        self.idle[fd] = None

    def take_idle(self) -> int:
        """One that was left open."""
        return self.idle.popitem()[0]

    def hang_up(self, fd: int) -> None:
        """Close one; closing takes it out of the epoll too."""
        if self.doing.pop(fd) < 0:
            self.idle.pop(fd, None)
            self.responses.pop(fd, None)
            self.connecting.pop(fd, None)
            self.outgoing.pop(fd, None)
        os.close(fd)

    def row_of(self, fd: int) -> int:
        """The row that it serves, or IDLE or TIMER."""
        doing = self.doing[fd]
        if doing == READING:
            return self.responses[fd].row
        if doing == SENDING:
            return self.outgoing[fd].row
        return self.connecting[fd] if doing == CONNECTING else doing

    def close(self) -> None:
        """Hang up on everybody."""
        for fd in list(self.doing):
            self.hang_up(fd)
        self.epoll.close()


def error_of(fd: int) -> int:
    """The error number that the kernel keeps for a connection."""
    sock = SocketType(AF_INET, SOCK_STREAM, 0, fd)
    try:
        return sock.getsockopt(SOL_SOCKET, SO_ERROR)
    finally:
        sock.detach()
