"""A page that awaits, beside what holds its loop again and again: a timer, callbacks, a task of no request."""

import asyncio
import contextvars
import time

from django.http import HttpResponse

from asgi_vs_wsgi.views import parameter

PAUSE_S = 0.08
_kept = []


def _hold():
    time.sleep(parameter("hold_ms") / 1000)


def _timer():
    _hold()
    asyncio.get_running_loop().call_later(PAUSE_S, _timer)


async def _callbacks():
    loop = asyncio.get_running_loop()
    while True:
        loop.call_soon(_hold)
        await asyncio.sleep(parameter("hold_ms") / 1000 + PAUSE_S)


async def _job():
    while True:
        _hold()
        await asyncio.sleep(PAUSE_S)


def _start():
    _kept.append(asyncio.get_running_loop().create_task(_callbacks()))


async def page(request):
    await asyncio.sleep(parameter("io_ms") / 1000)
    return HttpResponse("awaited")


async def beside_a_timer(request):
    if not _kept:
        _kept.append(asyncio.get_running_loop().call_later(0, _timer))
    return await page(request)


async def beside_callbacks(request):
    if not _kept:
        _kept.append(None)
        asyncio.get_running_loop().call_soon(_start, context=contextvars.Context())
    return await page(request)


async def beside_a_task(request):
    if not _kept:
        _kept.append(asyncio.get_running_loop().create_task(_job(), context=contextvars.Context()))
    return await page(request)
