"""A page that awaits, beside what holds its loop again and again: a timer, callbacks, a task of no request.

Or what others send to it: a socket that can be read, datagrams, callbacks from a thread.
"""

import asyncio
import contextvars
import socket
import threading
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


# ---- what comes from elsewhere, again and again


def _again_and_again(send):
    def sends():
        while True:
            send()
            time.sleep(parameter("hold_ms") / 1000 + PAUSE_S)

    _kept.append(threading.Thread(target=contextvars.Context().run, args=(sends,), daemon=True))
    _kept[-1].start()


def _read(ours):
    ours.recv(1)
    _hold()


async def beside_a_reader(request):
    if not _kept:
        ours, theirs = socket.socketpair()
        _kept.append(ours)
        contextvars.Context().run(asyncio.get_running_loop().add_reader, ours, _read, ours)
        _again_and_again(lambda: theirs.send(b"x"))
    return await page(request)


class _Datagrams(asyncio.DatagramProtocol):
    def datagram_received(self, data, address):
        _hold()


async def beside_datagrams(request):
    if not _kept:
        _kept.append(None)
        endpoint = await asyncio.get_running_loop().create_datagram_endpoint(_Datagrams, local_addr=("127.0.0.1", 0))
        _kept.append(endpoint)
        speaker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        speaker.connect(endpoint[0].get_extra_info("sockname"))
        _again_and_again(lambda: speaker.send(b"x"))
    return await page(request)


async def beside_a_thread(request):
    if not _kept:
        loop = asyncio.get_running_loop()
        _again_and_again(lambda: loop.call_soon_threadsafe(_hold))
    return await page(request)
