"""The same slow stream twice: from an ordinary generator and from an async one."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from django.http import HttpRequest, StreamingHttpResponse

from asgi_vs_wsgi.views import parameter


def sync_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_pieces(), content_type="text/plain")


def async_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_async_pieces(), content_type="text/plain")


def _pieces() -> Iterator[str]:
    for number in range(int(parameter("pieces"))):
        yield f"piece {number}\n"
        time.sleep(parameter("pause_ms") / 1000)


async def _async_pieces() -> AsyncIterator[str]:
    for number in range(int(parameter("pieces"))):
        yield f"piece {number}\n"
        await asyncio.sleep(parameter("pause_ms") / 1000)
