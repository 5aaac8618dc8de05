"""A page that waits for a slow service, for WSGI and for ASGI: the same visitors, with more or less room to spare."""

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))
