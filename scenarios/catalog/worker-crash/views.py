"""An ordinary page that waits for another service, and one that takes its whole process with it."""

import os
import signal

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))


def crash(request: HttpRequest) -> HttpResponse:
    """What the kernel does to a process that uses too much memory, or a fault in a C extension does to itself."""
    os.kill(os.getpid(), signal.SIGKILL)
    return HttpResponse("never sent\n")


async def async_crash(request: HttpRequest) -> HttpResponse:
    return crash(request)
