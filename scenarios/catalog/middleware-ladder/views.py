"""One async view, and two middlewares that do the same to its answer: one sync-only, one async.

The underscore says that the middlewares are no pages.
"""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware, sync_only_middleware

from asgi_vs_wsgi.views import parameter, upstream


async def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")))


@sync_only_middleware
def _sync_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Middleware"] = "sync"
        return response

    return middleware


@async_only_middleware
def _async_middleware(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponse]],
) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def middleware(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        response["X-Middleware"] = "async"
        return response

    return middleware
