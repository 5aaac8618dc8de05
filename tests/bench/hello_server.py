"""The same trivial server for every load generator: answers any request with five bytes. Prints its port."""

from __future__ import annotations

import asyncio
from typing import cast

import uvloop

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
_KEPT = _HEAD + b"\r\nhello"
_CLOSED = _HEAD + b"Connection: close\r\n\r\nhello"


class Hello(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Requests of these generators come whole."""
        close = b"onnection: close" in data
        self._transport.write(_CLOSED if close else _KEPT * data.count(b"\r\n\r\n"))
        if close:
            self._transport.close()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Hello, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
