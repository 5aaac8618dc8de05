"""Two async views that wait equally long; only one of them lets others go on meanwhile."""

import asyncio
import time

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter


async def blocking_page(request: HttpRequest) -> HttpResponse:
    time.sleep(parameter("hold_ms") / 1000)
    return HttpResponse("slept\n")


async def awaiting_page(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(parameter("hold_ms") / 1000)
    return HttpResponse("awaited\n")
