"""Small servers on loopback, in the test's own event loop: one function says how they talk on a connection."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.register_assert_rewrite("drives")
sys.path.insert(0, str(Path(__file__).parent))  # what tests share are plain modules beside them

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Peer:
    """One connection, seen by the server."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """The next request's head, empty when the visitor has left; its id is noted."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        self.server.ids.append(int(re.search(rb"X-Request-Id: (\d+)\r\n", head)[1]))
        self.server.heads.append(head)
        return head

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with a reset instead of a goodbye."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Server:
    """What a server has seen."""

    talk: Callable[[Peer], Awaitable[None]]
    port: int = 0
    connections: int = 0
    open_now: int = 0
    open_most: int = 0
    ids: list[int] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            await self.talk(Peer(self, reader, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


@asynccontextmanager
async def _serving(talk: Callable[[Peer], Awaitable[None]], port: int = 0) -> AsyncIterator[Server]:
    server = Server(talk)
    listener = await asyncio.start_server(server.accept, "127.0.0.1", port, backlog=2048)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


async def _hello(peer: Peer) -> None:
    while head := await peer.request():
        await peer.send(HELLO)
        if b"Connection: close" in head:
            return


@pytest.fixture
def anyio_backend():
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def serving():
    """`async with serving(talk) as server`."""
    return _serving


@pytest.fixture(scope="session")
def hello():
    """Answers every request at once."""
    return _hello


@pytest.fixture
def unused_port():
    """Nobody listens there: it is bound and not listened on, so that nobody else can either."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
