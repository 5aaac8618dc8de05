"""One blocking view; it is for the server to run it."""

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


def sync_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))
