"""A page for each thing that a request can wait for, named after it; every one takes `hold_ms` of whatever it needs."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.to_thread
from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse

from asgi_vs_wsgi.views import parameter, upstream

_semaphore, _lock, _queue = asyncio.Semaphore(1), asyncio.Lock(), asyncio.Queue()
_one_thread, _thread_of_asgiref = ThreadPoolExecutor(1), ThreadPoolExecutor(1)


def _hold_s():
    return parameter("hold_ms") / 1000


def _later(call):
    asyncio.get_running_loop().call_later(_hold_s(), call)


async def semaphore(request):
    async with _semaphore:
        await asyncio.sleep(_hold_s())
    return HttpResponse("done")


async def lock(request):
    async with _lock:
        await asyncio.sleep(_hold_s())
    return HttpResponse("done")


async def a_socket(request):
    return HttpResponse(await upstream.aget(parameter("hold_ms")))


async def timer(request):
    await asyncio.sleep(_hold_s())
    return HttpResponse("done")


async def _work():
    await asyncio.sleep(_hold_s())


async def task(request):
    await asyncio.create_task(_work())
    return HttpResponse("done")


async def executor(request):
    await asyncio.get_running_loop().run_in_executor(_one_thread, time.sleep, _hold_s())
    return HttpResponse("done")


async def through_asgiref(request):
    await sync_to_async(time.sleep, thread_sensitive=False, executor=_thread_of_asgiref)(_hold_s())
    return HttpResponse("done")


# ---- the same, less plainly


async def event_with_a_limit(request):
    event = asyncio.Event()
    _later(event.set)
    await asyncio.wait_for(event.wait(), 60)
    return HttpResponse("done")


async def _parts():
    _later(lambda: _queue.put_nowait(b"done"))
    yield await _queue.get()


async def queue_of_a_stream(request):
    return StreamingHttpResponse(_parts())


async def raw_socket(request):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        _later(lambda: theirs.send(b"done"))
        return HttpResponse(await asyncio.get_running_loop().sock_recv(ours, 4))


_limiters = {}


async def thread_of_anyio(request):
    limiter = _limiters.setdefault("one", anyio.CapacityLimiter(1))
    await anyio.to_thread.run_sync(time.sleep, _hold_s(), limiter=limiter)
    return HttpResponse("done")


class _Pages:
    def __await__(self):
        yield from asyncio.gather(_work(), _work())


async def others_together(request):
    await _Pages()
    return HttpResponse("done")


async def page(request):
    return HttpResponse("at once")
