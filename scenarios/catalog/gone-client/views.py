"""The same slow page twice; the async one can be told that its visitor has left."""

from django.http import HttpRequest, HttpResponse

from server_targets.site import upstream
from server_targets.site.parameters import parameter


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))
