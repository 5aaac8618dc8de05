"""One blocking view; it is for the server to run it."""

from django.http import HttpRequest, HttpResponse

from server_targets.site import upstream
from server_targets.site.parameters import parameter


def sync_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")))
