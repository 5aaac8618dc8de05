"""Calling the slow service, as a view calls any other service: over HTTP, blocking or awaiting.

A client library would cost more CPU than the whole view (httpx about 3 ms a call), and what is to be seen is
the wait; so this speaks just enough HTTP/1.0 to a service that is ours.
"""

from __future__ import annotations

import asyncio
import socket

from asgi_vs_wsgi.server_targets.worker_config import worker_config

LONGEST_WAIT_S = 120.0


def get(wait_ms: float) -> bytes:
    """Call the slow service and wait for its answer; it answers after `wait_ms`."""
    with socket.create_connection(_address(), timeout=LONGEST_WAIT_S) as connection:
        connection.sendall(_request(wait_ms))
        with connection.makefile("rb") as answer:
            return _body(answer.read())


async def aget(wait_ms: float) -> bytes:
    """Call the slow service and await its answer; others are served meanwhile."""
    reader, writer = await asyncio.open_connection(*_address())
    try:
        writer.write(_request(wait_ms))
        async with asyncio.timeout(LONGEST_WAIT_S):
            return _body(await reader.read())
    finally:
        writer.close()


def _address() -> tuple[str, int]:
    return "127.0.0.1", worker_config().site.upstream_port


def _request(wait_ms: float) -> bytes:
    return f"GET /wait?ms={wait_ms} HTTP/1.0\r\nHost: upstream\r\n\r\n".encode()


def _body(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(f"the slow service answered {head[:80]!r}")
    return body
