"""What is uploaded is looked at as soon as the view is called: refused by its first bytes, or read to the end.

`streams` is the same without Django: an ASGI application that takes the pieces as they come.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

PICTURE = b"\x89PNG"
PIECE = 65_536


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


def refuse(request: HttpRequest) -> HttpResponse:
    return _refused(request.read(len(PICTURE)))


async def async_refuse(request: HttpRequest) -> HttpResponse:
    return _refused(request.read(len(PICTURE)))


def store(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{_read_all(request)} bytes\n")


async def async_store(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{_read_all(request)} bytes\n")


def _refused(head: bytes) -> HttpResponse:
    return HttpResponse("no picture\n", status=200 if head == PICTURE else 415)


def _read_all(request: HttpRequest) -> int:
    return sum(map(len, iter(lambda: request.read(PIECE), b"")))


async def streams(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    message = await receive()
    wrong = scope["path"].endswith("refuse") and not message.get("body", b"").startswith(PICTURE)
    while message.get("more_body") and not wrong:
        message = await receive()
    text = b"no picture\n" if wrong else b"done\n"
    headers = [(b"content-length", b"%d" % len(text)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 415 if wrong else 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})
