"""One async view; it is for the server to run it."""

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))
