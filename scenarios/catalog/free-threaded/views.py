"""One page: it keeps the CPU busy for a given time of its own thread's clock."""

from time import thread_time_ns

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter


def page(request: HttpRequest) -> HttpResponse:
    """Counts CPU time, not the clock on the wall: a page that has to share its core is not done any sooner."""
    end_ns = thread_time_ns() + int(parameter("cpu_ms") * 1_000_000)
    while thread_time_ns() < end_ns:
        sum(range(1_000))
    return HttpResponse("computed\n")
