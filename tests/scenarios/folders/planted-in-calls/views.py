"""A page for each kind of call in which it can lose its time; `cause: NAME` marks the line that is to be named.

What a name means for which server (running or blocked, and who is held by it) is in `tests/shared/planted.py`.
"""

import asyncio
import ctypes
import hashlib
import json
import re
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import repeat

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse

from asgi_vs_wsgi.views import parameter

MS = parameter("ms")
SECONDS = MS / 1000


def _clock_until():
    """On the CPU clock of the thread."""
    return time.thread_time_ns() + int(MS * 1e6)


def plain(request):
    return HttpResponse("quick")


# Calls that wait or compute outside Python.

_TAKEN = threading.Lock()
_TAKEN.acquire()
_LIBC, _LIBC_HOLDING_THE_GIL = ctypes.CDLL(None), ctypes.PyDLL(None)
NUMBERS = list(range(int(MS * 12_000)))
LETTERS = "ab" * int(MS * 8_000)
COUNTING = (
    f"WITH RECURSIVE counted(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM counted WHERE id < {int(MS * 5000)})"
    " SELECT max(id) AS id FROM counted"
)


def lock(request):
    _TAKEN.acquire(timeout=SECONDS)  # cause: lock
    return HttpResponse("not got")


def subprocess_run(request):
    subprocess.run(["sleep", str(SECONDS)])  # cause: subprocess_run
    return HttpResponse("ran")


def socket_recv(request):
    near, far = socket.socketpair()
    near.settimeout(SECONDS)
    with near, far, suppress(TimeoutError):
        near.recv(1)  # cause: socket_recv
    return HttpResponse("nothing came")


def hashing(request):
    hashlib.pbkdf2_hmac("sha256", b"word", b"salt", int(MS * 4_000))  # cause: hashing
    return HttpResponse("hashed")


def regex(request):
    return HttpResponse(len(re.findall("a|b", LETTERS)))  # cause: regex


def json_text(request):
    return HttpResponse(len(json.dumps(NUMBERS)))  # cause: json_text


def sqlite(request):
    with connection.cursor() as cursor:
        cursor.execute(COUNTING)  # cause: sqlite
    return HttpResponse("counted")


def call_of_c(request):
    _LIBC.usleep(int(SECONDS * 1e6))  # cause: call_of_c
    return HttpResponse("slept")


def call_of_c_with_gil(request):
    _LIBC_HOLDING_THE_GIL.usleep(int(SECONDS * 1e6))  # cause: call_of_c_with_gil
    return HttpResponse("slept")


# Between threads and loops.

_POOL = ThreadPoolExecutor(2)


def _in_the_pool():
    time.sleep(SECONDS)  # cause: thread_pool


async def thread_pool(request):
    await asyncio.get_running_loop().run_in_executor(_POOL, _in_the_pool)
    return HttpResponse("done in the pool")


async def async_view(request):
    time.sleep(SECONDS)  # cause: async_view
    return HttpResponse("held")


async def async_computing(request):
    until_ns = _clock_until()
    any(time.thread_time_ns() > until_ns for _ in repeat(None))  # cause: async_computing
    return HttpResponse("computed")


async def awaiting(request):
    await asyncio.sleep(SECONDS)  # cause: awaiting
    return HttpResponse("awaited")


async def _async_parts():
    yield "one"
    time.sleep(SECONDS)  # cause: async_generator
    yield "two"


async def async_generator(request):
    return StreamingHttpResponse(_async_parts())


def _waits():
    time.sleep(SECONDS)  # cause: sync_to_async_call


async def sync_to_async_call(request):
    await sync_to_async(_waits)()
    return HttpResponse("waited in a thread")


async def to_thread(request):
    await asyncio.to_thread(_waits_too)
    return HttpResponse("waited in a thread")


def _waits_too():
    time.sleep(SECONDS)  # cause: to_thread


async def _holds():
    time.sleep(SECONDS)  # cause: async_to_sync_call


def async_to_sync_call(request):
    async_to_sync(_holds)()
    return HttpResponse("held below")


def _calls_back(future):
    time.sleep(SECONDS)  # cause: callback
    future.set_result(None)


async def callback(request):
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(_calls_back, future)
    await future
    return HttpResponse("called back")


_tasks = set()


async def _after():
    await asyncio.sleep(0)
    time.sleep(SECONDS)  # cause: background_task


async def background_task(request):
    task = asyncio.create_task(_after())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return HttpResponse("at once")


async def neighbour_holds(request):
    time.sleep(SECONDS)  # cause: neighbour_holds
    return HttpResponse("held")


async def beside_neighbour_holds(request):
    await asyncio.sleep(SECONDS)
    return HttpResponse("awaited")


def neighbour_computes(request):
    until_ns = _clock_until()
    any(time.thread_time_ns() > until_ns for _ in repeat(None))  # cause: neighbour_computes
    return HttpResponse("computed")


def beside_neighbour_computes(request):
    until_ns = _clock_until()
    while time.thread_time_ns() < until_ns:
        pass
    return HttpResponse("computed too")
