"""A small page and a large one, both ready at once: what takes long here is never the view."""

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


def large_page(request: HttpRequest) -> HttpResponse:
    return _large()


async def async_large_page(request: HttpRequest) -> HttpResponse:
    return _large()


def _large() -> HttpResponse:
    size = int(parameter("page_kb") * 1000)
    return HttpResponse(b"x" * size, headers={"Content-Length": str(size)})
