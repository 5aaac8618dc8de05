"""Server-sent events to listeners who stay, and an ordinary page for a visitor who only wants a quick answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from asgi_vs_wsgi.views import parameter

EVENTS = 6
"""Of each listener's stream, evenly over `listen_ms`."""


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


def events(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_events(), content_type="text/event-stream")


async def async_events(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_async_events(), content_type="text/event-stream")


def _events() -> Iterator[str]:
    for number in range(EVENTS):
        yield f"data: event {number}\n\n"
        time.sleep(_pause_s())


async def _async_events() -> AsyncIterator[str]:
    for number in range(EVENTS):
        yield f"data: event {number}\n\n"
        await asyncio.sleep(_pause_s())


def _pause_s() -> float:
    return parameter("listen_ms") / EVENTS / 1000
