"""One visit by a client that is not like others: sends slowly, reads slowly, or leaves before its answer.

A coroutine each, on plain sockets: such visitors are few, and what they cost is not what is measured. They write into
the same columns as the crowd.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from time import monotonic_ns

from asgi_vs_wsgi.scenarios.load.http_messages import Response
from asgi_vs_wsgi.scenarios.load.sender import error_kind
from asgi_vs_wsgi.scenarios.load.visits import (
    CANCELLED,
    CLOSED,
    CONNECT,
    DONE,
    FAILED,
    NO_ERROR,
    PROTOCOL,
    RESET,
    STATUS,
    TIMEOUT,
    UNREAD,
    Visits,
)

PIECES = 20
"""A slow sender's request goes out in so many."""
READ_BYTES = 4096
SMALL_BUFFER_BYTES = 4096
"""A slow reader's receive buffer: what the kernel holds for it must not count as read."""


@dataclass(frozen=True, slots=True)
class ClientBehaviour:
    """Times in seconds; 0 is as usual."""

    send_for_s: float = 0.0
    read_for_s: float = 0.0
    leave_after_s: float = 0.0


class VisitEnd(Exception):
    """The visit is over: its outcome and error kind."""

    def __init__(self, outcome: int, error: int = NO_ERROR) -> None:
        self.outcome, self.error = outcome, error


@dataclass(slots=True)
class SlowClient:
    """One visit; `run` never raises but when it is cancelled."""

    row: int
    request: bytes
    address: tuple[str, int]
    behaviour: ClientBehaviour
    visits: Visits
    intended_ns: int
    timeout_s: float
    head_only: bool = False
    """Whether it asks by HEAD, so that no body comes."""
    unread: bool = False
    """Whether the server was gone before it had taken all of the request."""

    async def run(self) -> None:
        """Wait for the intended start, visit, and note how it ended."""
        self.visits.intended_ns[self.row] = self.intended_ns
        await self.wait()
        self.visits.started.append(self.row)
        try:
            await self._visit_in_time()
        except VisitEnd as ended:
            self._end(ended)

    async def wait(self) -> None:
        """Until the intended start; a loop's timers have a grain, and may come early."""
        while (left_ns := self.intended_ns - monotonic_ns()) > 0:
            await asyncio.sleep(left_ns / 1e9)

    def _end(self, ended: VisitEnd) -> None:
        self.visits.done_ns[self.row] = monotonic_ns()
        self.visits.outcome[self.row] = ended.outcome
        self.visits.error[self.row] = UNREAD if self.unread and ended.error in (RESET, CLOSED) else ended.error
        self.visits.finished.append(self.row)

    async def _visit_in_time(self) -> None:
        """Whatever comes first: the answer, the visitor's own leaving, or its patience's end."""
        limit_s = self.timeout_s - (monotonic_ns() - self.intended_ns) / 1e9
        leaves = 0.0 < self.behaviour.leave_after_s < limit_s
        try:
            async with asyncio.timeout(self.behaviour.leave_after_s if leaves else limit_s):
                await self.visit()
        except TimeoutError:
            raise VisitEnd(*((CANCELLED,) if leaves else (FAILED, TIMEOUT))) from None

    async def visit(self) -> None:
        """On a connection of its own; ends in a VisitEnd."""
        self.visits.connect_start_ns[self.row] = monotonic_ns()
        try:
            with socket.socket() as sock:
                await self.connect(sock)
                await self.exchange(sock)
        except OSError as problem:
            connected = self.visits.connected_ns[self.row]
            raise VisitEnd(FAILED, error_kind(problem, RESET if connected else CONNECT)) from None

    async def connect(self, sock: socket.socket) -> None:
        """OSError where nobody is there."""
        sock.setblocking(False)
        if self.behaviour.read_for_s:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        await asyncio.get_running_loop().sock_connect(sock, self.address)
        self.visits.connected_ns[self.row] = monotonic_ns()

    async def exchange(self, sock: socket.socket) -> None:
        """Request and answer; ends in a VisitEnd, or an OSError."""
        loop = asyncio.get_running_loop()
        await self._send_what_is_taken(loop, sock)
        await self._receive(loop, sock)

    def response(self) -> Response:
        """The answer to come."""
        return Response(self.row, head_only=self.head_only)

    async def _send_what_is_taken(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        """A server that is gone may have answered before."""
        try:
            await self._send(loop, sock)
        except ConnectionError:
            self.visits.sent_ns[self.row] = self.visits.sent_ns[self.row] or monotonic_ns()
            self.unread = True

    async def _send(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        """In one piece, or in PIECES over the time that it takes this client; sent is when the last one goes."""
        pause_s = self.behaviour.send_for_s / PIECES
        size = max(1, len(self.request) // PIECES) if pause_s else len(self.request)
        pieces = [self.request[at : at + size] for at in range(0, len(self.request), size)]
        if len(pieces) > 1:
            self.visits.send_start_ns[self.row] = monotonic_ns()
        for piece in pieces[:-1]:
            await loop.sock_sendall(sock, piece)
            await asyncio.sleep(pause_s)
        self.visits.sent_ns[self.row] = monotonic_ns()
        await loop.sock_sendall(sock, pieces[-1])

    async def _receive(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        response = self.response()
        since_ns = monotonic_ns()
        while not response.complete:
            data = await loop.sock_recv(sock, READ_BYTES)
            if not response.received:
                self.visits.first_byte_ns[self.row] = monotonic_ns()
            if data:
                response.feed(data)
                if not self.behaviour.read_for_s:  # its pieces would be its own doing
                    response.note_piece(self.visits.pieces, monotonic_ns(), filled=len(data) == READ_BYTES)
            else:
                response.end()
            self._judge(response, ended=not data)
            if not response.complete:
                await self._hesitate(response, since_ns)
        raise VisitEnd(FAILED, STATUS) if response.status >= 500 else VisitEnd(DONE)

    def _judge(self, response: Response, *, ended: bool) -> None:
        self.visits.status[self.row] = response.status
        self.visits.bytes_received[self.row] = response.received
        if response.broken:
            raise VisitEnd(FAILED, PROTOCOL)
        if ended and not response.complete:
            raise VisitEnd(FAILED, CLOSED)

    async def _hesitate(self, response: Response, since_ns: int) -> None:
        """A slow reader takes bytes no faster than `length / read_for`, as far as the length is known."""
        if self.behaviour.read_for_s and response.length:
            due_s = self.behaviour.read_for_s * response.received / response.length
            await asyncio.sleep(max(0.0, due_s - (monotonic_ns() - since_ns) / 1e9))
