"""An ordinary page of a project that takes its time to start, as large ones do."""

import time

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

time.sleep(parameter("start_ms") / 1000)  # imports, settings, the first connections: whatever a worker does once


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))
