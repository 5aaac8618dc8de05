"""A page that needs one of two places somewhere else for a while: nobody can serve more than two at a time."""

import asyncio

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

_PLACES = asyncio.Semaphore(2)


def page(request: HttpRequest) -> HttpResponse:
    """Its server has two workers of one thread each: that is the limit."""
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    """An event loop would take any number, so the limit is here, as a pool of two connections would be."""
    async with _PLACES:
        return HttpResponse(await upstream.aget(parameter("io_ms")))
