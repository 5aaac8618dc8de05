"""One page that needs three answers of a slow service: asked one after another, or all at once."""

import asyncio

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

CALLS = 3


async def one_by_one(request: HttpRequest) -> HttpResponse:
    answers = [await upstream.aget(parameter("io_ms")) for _ in range(CALLS)]
    return HttpResponse(b"".join(answers))


async def gathered(request: HttpRequest) -> HttpResponse:
    answers = await asyncio.gather(*(upstream.aget(parameter("io_ms")) for _ in range(CALLS)))
    return HttpResponse(b"".join(answers))
