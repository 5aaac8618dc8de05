"""A light page, and a heavy page: one that awaits, and one that computes, on the loop or in a thread."""

import asyncio
from time import thread_time_ns

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter


async def light(request: HttpRequest) -> HttpResponse:
    return HttpResponse("light\n")


def light_sync(request: HttpRequest) -> HttpResponse:
    return HttpResponse("light\n")


async def heavy_waits(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(parameter("heavy_ms") / 1000)
    return HttpResponse("waited\n")


async def heavy_on_the_loop(request: HttpRequest) -> HttpResponse:
    _compute()
    return HttpResponse("computed\n")


def heavy_in_a_thread(request: HttpRequest) -> HttpResponse:
    _compute()
    return HttpResponse("computed\n")


def _compute() -> None:
    """Counts CPU time, not the clock on the wall: a page that has to share its core is not done any sooner."""
    end_ns = thread_time_ns() + int(parameter("heavy_ms") * 1_000_000)
    while thread_time_ns() < end_ns:
        sum(range(1_000))
