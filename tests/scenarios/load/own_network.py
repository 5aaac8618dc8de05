"""Run as a program: a network of our own, as small as asked for, and a drive in it; prints the errors as JSON.

python own_network.py down              the loopback interface is down
python own_network.py PORTS VISITORS    so many local ports, and a burst of so many on a server that answers late
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import Visits

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
NOT_ALLOWED = 77
"""The exit code where the machine grants nobody a network of their own."""


def own_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NETWORK) and libc.unshare(NEW_USER | NEW_NETWORK):
        sys.exit(NOT_ALLOWED)


def loopback_up() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.2)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    writer.close()


async def errors(visitors: int, *, serve: bool) -> dict[str, int]:
    visits = Visits(visitors, 1)
    port = 1
    if serve:
        server = await asyncio.start_server(answer_late, "127.0.0.1", 0, backlog=visitors)
        port = server.sockets[0].getsockname()[1]
    await drive(make_plan("burst", requests=visitors, timeout_s=5), port, ["/"], visits)
    return visits.counts() | visits.errors()


def main() -> None:
    own_network()
    if sys.argv[1] == "down":
        told = asyncio.run(errors(5, serve=False))
    else:
        loopback_up()
        low = 20_000
        Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(f"{low} {low + int(sys.argv[1]) - 1}")
        told = asyncio.run(errors(int(sys.argv[2]), serve=True))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    main()
