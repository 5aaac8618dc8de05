"""The same page twice: it calls a slow service, once blocking and once awaiting."""

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


def sync_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))
