"""Pages that answer 200 only where all of the scenario's own modules have done their part, in this very worker."""

import asyncio
import importlib.util
import os
import sys

from django.http import HttpResponse

from . import startup

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def _status(request):
    from .models import Item  # a bare callable of this module runs without Django

    ready = request.marked and startup.begun == [os.getpid()] and Item._meta.app_label == "scenario"
    return 200 if ready else 418


def page(request):
    return HttpResponse(sys.prefix, status=_status(request))


def alone(request):
    """In an interpreter that has Django and a server, and nothing of what the laboratory needs."""
    others = ("msgspec", "textual", "anyio", "uvloop", "pygments")
    ours = [name for name in others if importlib.util.find_spec(name)]
    return HttpResponse(status=_status(request) if not ours else 409)


async def apage(request):
    alive = request.scope["state"]["of"] == os.getpid()
    return HttpResponse(status=_status(request) if alive else 418)


async def opens_sockets(scope, receive, send):
    """Each request opens two WebSockets to the server that it came from."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})
        return
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    opened = [await _opened(*scope["server"]) for _ in range(2)]
    await send({"type": "http.response.start", "status": 200 if all(opened) else 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _opened(host, port):
    reader, writer = await asyncio.open_connection(host, port)
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return b" 101 " in head
