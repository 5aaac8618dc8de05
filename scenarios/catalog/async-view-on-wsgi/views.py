"""One async view; it is for the server to run it."""

from django.http import HttpRequest, HttpResponse

from server_targets.site import upstream
from server_targets.site.parameters import parameter


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))
