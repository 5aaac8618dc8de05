"""Pages that leave work behind: in a task, which blocks or computes, and in a thread."""

import asyncio
import time

from django.http import HttpResponse
from django.utils.decorators import async_only_middleware

from asgi_vs_wsgi.views import parameter

_tasks = set()


def _keep(coroutine):
    task = asyncio.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _blocks():
    await asyncio.sleep(0)
    time.sleep(parameter("work_ms") / 1000)


async def _computes():
    await asyncio.sleep(0)
    until_ns = time.thread_time_ns() + int(parameter("work_ms") * 1e6)
    while time.thread_time_ns() < until_ns:
        pass


def _waits():
    time.sleep(parameter("work_ms") / 1000)


@async_only_middleware
def starts_work(get_response):
    async def middleware(request):
        response = await get_response(request)
        _keep(_blocks())
        return response

    return middleware


async def page(request):
    return HttpResponse("at once")


async def starts_computing(request):
    _keep(_computes())
    return HttpResponse("at once")


async def starts_a_thread(request):
    _keep(asyncio.to_thread(_waits))
    return HttpResponse("at once")


def waits(request):
    _waits()
    return HttpResponse("waited")
