"""A page that is ready at once: what there is to wait for here is a place among the connections."""

from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")
