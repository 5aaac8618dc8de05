"""A page that answers at once and a page that waits for a slow service, each for WSGI and for ASGI."""

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


def fast_sync(request: HttpRequest) -> HttpResponse:
    return HttpResponse("at once\n")


def slow_sync(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("slow_ms")))


async def fast_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("at once\n")


async def slow_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("slow_ms")))
