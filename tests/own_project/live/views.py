import asyncio
import threading
import time

from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse

from live.clock import Measured

CURRENT = threading.local()  # told: thread-local


async def timed(request):
    return HttpResponse("timed")


async def stream(request):
    return StreamingHttpResponse(prices())


async def prices():
    for number in range(3):
        time.sleep(0.02)  # planted: stream
        yield f"{number}\n"


def sync_stream(request):
    return StreamingHttpResponse(slow_rows())  # told: sync-stream


def slow_rows():
    for number in range(3):
        time.sleep(0.02)
        yield f"{number}\n"


async def answer():
    await asyncio.sleep(0.01)
    return "answer"


def now(request):
    return HttpResponse(async_to_sync(answer)())  # told: async-in-sync-view


def later(request):
    return HttpResponse(asyncio.run(answer()))  # told: asyncio-run


async def measured(request):
    with Measured():
        await asyncio.sleep(0)
    return HttpResponse("measured")
