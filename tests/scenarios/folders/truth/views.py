"""Views of which it is known, line by line, what they do for how long."""

import asyncio
import ctypes
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

ONE_AT_A_TIME = threading.Lock()


def spend_cpu(ms):
    until_ns = time.thread_time_ns() + int(ms * 1e6)
    while time.thread_time_ns() < until_ns:
        pass


def sleeps(request):
    time.sleep(parameter("ms") / 1000)
    return HttpResponse("slept")


def spins(request):
    spend_cpu(parameter("ms"))
    return HttpResponse("spun")


def half_and_half(request):
    spend_cpu(parameter("ms") / 2)
    time.sleep(parameter("ms") / 2000)
    return HttpResponse("both")


def waits_for_a_lock(request):
    with ONE_AT_A_TIME:
        time.sleep(parameter("ms") / 1000)
    return HttpResponse("had the lock")


def calls_upstream(request):
    return HttpResponse(upstream.get(parameter("ms")))


ASK = "from asgi_vs_wsgi.views import parameter, upstream; print(upstream.get(parameter('ms')) and parameter('ms'))"


def asks_processes_of_its_own(request):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        spawned = pool.apply(parameter, ("ms",))
    run = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert spawned == int(run.stdout) == parameter("ms")
    return HttpResponse("asked")


def runs_async_code(request):
    async_to_sync(asyncio.sleep)(parameter("ms") / 1000)
    return HttpResponse("awaited below")


async def awaits(request):
    await asyncio.sleep(parameter("ms") / 1000)
    return HttpResponse("awaited")


async def holds_the_loop(request):
    time.sleep(parameter("ms") / 1000)
    return HttpResponse("held")


async def spins_on_the_loop(request):
    spend_cpu(parameter("ms"))
    return HttpResponse("spun")


async def runs_sync_code(request):
    await sync_to_async(time.sleep)(parameter("ms") / 1000)
    return HttpResponse("slept in a thread")


async def gathers_threads(request):
    await asyncio.gather(*(asyncio.to_thread(time.sleep, parameter("ms") / 1000) for _ in range(3)))
    return HttpResponse("slept in three threads")


def lasts(environ, start_response):
    """A WSGI application of known length, with no framework around it that would add its own."""
    last(parameter("ms"), environ["HTTP_X_REQUEST_ID"])
    start_response("200 OK", [("content-length", "2")])
    return [b"ok"]


async def lasts_too(scope, receive, send):
    last(parameter("ms"), dict(scope["headers"])[b"x-request-id"].decode())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def last(ms, request):
    """By the clock on the wall; tells how long it took in fact, for it may be set aside at its end."""
    since_ns = time.monotonic_ns()
    while time.monotonic_ns() < since_ns + int(ms * 1e6):
        pass
    took_ns = time.monotonic_ns() - since_ns
    with Path(os.environ["TRUTH_LOG"]).open("a") as log:
        log.write(f"{request} {took_ns}\n")


async def bare(scope, receive, send):
    """An ASGI application that never suspends: one step from its beginning to its end."""
    spend_cpu(parameter("ms"))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


SERVED = itertools.count()


def crashes(request):
    if next(SERVED) >= parameter("ms") - 1:
        ctypes.string_at(0)
    return HttpResponse("not yet")


async def crashes_on_the_loop(request):
    return crashes(request)


async def awaits_upstream(request):
    return HttpResponse(await upstream.aget(parameter("ms")))


BEGUN_S = time.monotonic()
IS_LATER = []


def crashes_late(request):
    """In a worker that took the place of one of the first two, a second after it came."""
    if not IS_LATER:
        Path(f"served-{os.getpid()}").touch()
        IS_LATER.append(len(list(Path().glob("served-*"))) > 2)
    if IS_LATER[0] and time.monotonic() - BEGUN_S > 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return HttpResponse("lived on")


def reloads_its_server_once(request):
    """When this worker has had more than a warm-up sends."""
    if next(SERVED) > 20 and not Path("reloaded").exists():
        Path("reloaded").touch()
        os.kill(os.getppid(), signal.SIGHUP)
    return HttpResponse("fine")
