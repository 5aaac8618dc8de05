"""The slow service that views call: a real server on loopback that answers after as long as it is asked to wait.

    python -m asgi_vs_wsgi.server_targets.processes.slow_upstream PARENT_PID DESCRIPTOR
    GET /wait?ms=200 is answered after 200 ms

Waits cost it nothing, so thousands may wait at once. Prints one line when it serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import sys
from typing import cast

import uvloop

from asgi_vs_wsgi.server_targets.probe.parent_death import die_with_parent, leave_foreground

_WAIT = re.compile(rb"^GET /wait\?ms=([0-9.]{1,12}) ")
_BODY = b"waited\n"
_ANSWER = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
_REFUSAL = b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class SlowAnswer(asyncio.Protocol):
    """One connection, one request, one late answer."""

    def __init__(self) -> None:
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        """Once the head is whole, answer after the wait that it asks for."""
        self._head += data
        if b"\r\n\r\n" not in self._head:
            return
        asked = _WAIT.match(self._head)
        if asked is None:
            self._answer(_REFUSAL)
        else:
            asyncio.get_running_loop().call_later(float(asked[1]) / 1000, self._answer, _ANSWER)

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)
            self._transport.close()


async def serve(listener: socket.socket) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(SlowAnswer, sock=listener, backlog=4096)
    print("serving", flush=True)  # noqa: T201 - the lab waits for this line
    await server.serve_forever()


def main() -> None:
    """Serve on the descriptor that was handed down."""
    leave_foreground()
    die_with_parent(int(sys.argv[1]))
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(socket.socket(fileno=int(sys.argv[2]))))


if __name__ == "__main__":
    main()
