import asyncio
import contextvars
import time

from django.http import HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

_kept = []


async def _checks():
    while True:
        time.sleep(parameter("hold_ms") / 1000)
        await asyncio.sleep(0.1)


def _start():
    _kept.append(asyncio.get_running_loop().create_task(_checks()))


async def page(request):
    if not _kept:
        _kept.append(0)
        asyncio.get_running_loop().call_soon(_start, context=contextvars.Context())
    return HttpResponse(await upstream.aget(parameter("io_ms")))
