"""Pages of a server on greenlets (gevent): one that waits, and one for each way to hold the hub, or another thread."""

import asyncio
import hashlib
import re
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import gevent
from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from gevent.monkey import get_original

from asgi_vs_wsgi.views import parameter, upstream

_shared = ThreadPoolExecutor(1)
_original_sleep = get_original("time", "sleep")
OK = b"ok"


def _hold_s():
    return parameter("hold_ms") / 1000


def waits(request):
    gevent.sleep(parameter("io_ms") / 1000)
    return HttpResponse(OK)


def _computes():
    until = time.perf_counter() + _hold_s()
    while time.perf_counter() < until:
        pass


def own_pool(request):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_computes).result()
    return HttpResponse(OK)


def shared_pool(request):
    """Its one thread was started by whoever came first."""
    list(_shared.map(lambda _: _computes(), range(1)))
    return HttpResponse(OK)


def thread(request):
    started = threading.Thread(target=_computes)
    started.start()
    started.join()
    return HttpResponse(OK)


def spawned(request):
    gevent.spawn(_computes).join()
    return HttpResponse(OK)


def _computes_elsewhere():
    _computes()


def _waits_elsewhere():
    _original_sleep(_hold_s())


def real_thread(request):
    gevent.get_hub().threadpool.apply(_computes_elsewhere)
    return HttpResponse(OK)


def real_thread_waits(request):
    gevent.get_hub().threadpool.spawn(func=_waits_elsewhere).get()
    return HttpResponse(OK)


async def async_computes(request):
    _computes()
    return HttpResponse(OK)


def _blocks():
    _original_sleep(_hold_s())


async def async_awaits(request):
    await asyncio.sleep(_hold_s())
    await sync_to_async(_blocks)()
    return HttpResponse(OK)


def sleeps(request):
    _blocks()
    return HttpResponse(OK)


def reads_a_socket(request):
    """Of another service, which answers late."""
    return HttpResponse(upstream.get(parameter("hold_ms")))


def _parts(hold):
    """The server has written the first of them when it asks for the second."""
    yield OK
    hold()
    yield OK


def stream_computes(request):
    return StreamingHttpResponse(_parts(_computes))


def stream_sleeps(request):
    return StreamingHttpResponse(_parts(_blocks))


def _until_over(call):
    until = time.perf_counter() + _hold_s()
    while time.perf_counter() < until:
        call()


def _hashes():
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 20_000)


def hashes(request):
    _until_over(_hashes)
    return HttpResponse(OK)


COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT max(i) FROM n"


def _queries():
    with sqlite3.connect(":memory:") as database:
        database.execute(COUNT).fetchone()


def queries(request):
    _until_over(_queries)
    return HttpResponse(OK)


def _matches():
    re.fullmatch(r"(a|a)+b", "a" * 18)


def matches(request):
    _until_over(_matches)
    return HttpResponse(OK)


def _fails():
    _computes()
    raise ValueError("of a pool's thread")


def fails(request):
    _shared.submit(_fails).result()


def _tick():
    _computes()


def _job():
    _blocks()


def nobodys(request):
    """A timer, and a greenlet that a timer starts: neither belongs to a request."""
    loop = gevent.get_hub().loop
    ticks, starts = loop.timer(0.01), loop.timer(0.01 + 1.3 * _hold_s())
    ticks.start(_tick)
    starts.start(lambda: gevent.spawn(_job))
    gevent.sleep(3.5 * _hold_s())
    return HttpResponse(OK)


def deadline(request):
    """The greenlet that computes for it is killed, and it itself is cut short in its next wait."""
    with gevent.Timeout(_hold_s() / 2, False):
        killed = gevent.spawn(gevent.sleep, 60)
        gevent.sleep(0)
        _computes()
        gevent.sleep(60)
    killed.kill()
    return HttpResponse(OK)
