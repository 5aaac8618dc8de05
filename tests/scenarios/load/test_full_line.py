"""A server that takes nobody in for now."""

from __future__ import annotations

import asyncio
import socket

import anyio
import pytest
from drives import assert_in_order

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio


async def test_a_full_line_at_the_server_only_delays(serving, hello):
    """More visitors than the backlog takes: their handshakes wait, and the kernel tries again."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        plan = make_plan("burst", requests=6, timeout_s=20)
        visits = Visits(6)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drive, plan, listener.getsockname()[1], ("/",), visits)
            while len(visits.started) < 6:
                await anyio.sleep(0.001)
            assert 0 in visits.sent_ns  # the line is full
            tasks.start_soon(_accept, listener, 6)
    assert visits.counts()["done"] == 6
    assert_in_order(visits)


async def _accept(listener, visitors):
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    for _ in range(visitors):
        sock, _ = await loop.sock_accept(listener)
        with sock:
            await loop.sock_recv(sock, 1_000)
            await loop.sock_sendall(sock, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
