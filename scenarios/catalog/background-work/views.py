"""A slow partner has to know of a buyer's order: told in the page itself, or in the background after the answer."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

_background = ThreadPoolExecutor(8)
_tasks: set[asyncio.Task[None]] = set()


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello\n")


def order(request: HttpRequest) -> HttpResponse:
    _tell_partner()
    return HttpResponse("ordered, and the partner knows\n")


def order_and_thread(request: HttpRequest) -> HttpResponse:
    _background.submit(_tell_partner)
    return HttpResponse("ordered\n")


async def order_and_blocking_task(request: HttpRequest) -> HttpResponse:
    _start(_tell_partner_blocking())
    return HttpResponse("ordered\n")


async def order_and_awaiting_task(request: HttpRequest) -> HttpResponse:
    _start(_tell_partner_awaiting())
    return HttpResponse("ordered\n")


def _tell_partner() -> None:
    upstream.get(parameter("work_ms"))


async def _tell_partner_blocking() -> None:
    _tell_partner()


async def _tell_partner_awaiting() -> None:
    await upstream.aget(parameter("work_ms"))


def _start(work: Coroutine[Any, Any, None]) -> None:
    """The loop keeps only weak references to its tasks."""
    task = asyncio.create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
