import asyncio
import time

from django.http import HttpResponse

from asgi_vs_wsgi.views import parameter

_tasks = set()


async def _blocks():
    time.sleep(parameter("work_ms") / 1000)


async def _awaits():
    await asyncio.sleep(parameter("work_ms") / 1000)


def _start(coroutine):
    task = asyncio.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def blocking_task(request):
    _start(_blocks())
    return HttpResponse("started")


async def awaiting_task(request):
    _start(_awaits())
    return HttpResponse("started")
