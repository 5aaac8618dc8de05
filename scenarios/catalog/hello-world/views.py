"""The smallest answer there is: as a bare callable of either interface, and as a Django view for either."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

HELLO = b"Hello World\n"


def bare_wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(HELLO)))])
    return [HELLO]


async def bare_asgi(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(HELLO)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": HELLO})


def sync_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(HELLO)


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(HELLO)
