"""Pages whose work is done beside them: in threads and processes of the view's own."""

import _thread
import asyncio
import ctypes
import hashlib
import multiprocessing
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain, repeat, starmap, takewhile

from django.http import HttpResponse

from asgi_vs_wsgi.views import parameter

_threads = ThreadPoolExecutor(2)
_processes = []
_asleep = []


def _spends(ms):
    until_ns = time.thread_time_ns() + int(ms * 1e6)
    while time.thread_time_ns() < until_ns:
        pass


def waits_for_its_pool(request):
    _threads.submit(_spends, parameter("cpu_ms")).result()
    return HttpResponse("computed by a pool")


def waits_for_its_thread(request):
    thread = threading.Thread(target=_spends, args=(parameter("cpu_ms"),))
    thread.start()
    thread.join()
    return HttpResponse("computed by a thread")


async def waits_for_a_thread_of_nobody(request):
    """`threading` does not know it, and nothing says that it begins."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    milliseconds = parameter("cpu_ms")

    def work():
        _spends(milliseconds)
        loop.call_soon_threadsafe(over.set)

    _thread.start_new_thread(work, ())
    await over.wait()
    return HttpResponse("computed by a thread")


_started_by_c = []
_pthread_create = ctypes.PyDLL(None).pthread_create  # keeps the GIL: the new thread waits for it, not the loop
_routine = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)


async def waits_for_a_thread_that_c_has_started(request):
    """As a library's callbacks come: Python knows nothing of the thread until it calls."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    milliseconds = parameter("cpu_ms")

    @_routine
    def work(_):
        _spends(milliseconds)
        loop.call_soon_threadsafe(over.set)

    _started_by_c.append(work)  # it is called for as long as the thread is there
    _pthread_create(ctypes.byref(ctypes.c_ulong()), None, work, None)
    await over.wait()
    return HttpResponse("computed by a thread")


async def waits_for_a_thread_that_runs_no_python(request):
    """Not one frame: what it calls is C, and gives up the GIL for its work."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    limit_ns = parameter("cpu_ms") * 1_000_000
    clock = takewhile(limit_ns.__gt__, iter(time.thread_time_ns, -1))
    work = zip(clock, starmap(hashlib.pbkdf2_hmac, repeat(("sha256", b"word", b"salt", 3000))), strict=False)
    _thread.start_new_thread(deque, (chain(work, map(loop.call_soon_threadsafe, [over.set])), 0))
    await over.wait()
    return HttpResponse("computed by a thread")


BUSY = "import time\nuntil = time.process_time() + {s}\nwhile time.process_time() < until:\n    pass"


def runs_a_program(request):
    subprocess.run([sys.executable, "-S", "-c", BUSY.format(s=parameter("cpu_ms") / 1000)], check=True)
    return HttpResponse("computed by a program")


def uses_a_pool_of_processes(request):
    if not _processes:
        _processes.append(ProcessPoolExecutor(2))
    _processes[0].submit(_spends, parameter("cpu_ms")).result()
    return HttpResponse("computed by a process")


def leaves_a_sleeper(request):
    if not _asleep:
        _asleep.append(multiprocessing.Process(target=time.sleep, args=(60,), daemon=True))
        _asleep[0].start()
    _spends(parameter("cpu_ms"))
    return HttpResponse("computed here")


def sleeps(request):
    time.sleep(parameter("cpu_ms") / 1000)
    return HttpResponse("slept")


def spends(request):
    _spends(parameter("cpu_ms"))
    return HttpResponse("spent")
