"""An ordinary page that waits a little, and one that takes longer than the server's patience."""

import time

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))


def long_page(request: HttpRequest) -> HttpResponse:
    time.sleep(parameter("hold_ms") / 1000)
    return HttpResponse("at last\n")


async def holding_page(request: HttpRequest) -> HttpResponse:
    """A blocking call in `async def`: it holds the loop, and with it the heartbeat of a worker that has one there."""
    time.sleep(parameter("hold_ms") / 1000)
    return HttpResponse("at last\n")
