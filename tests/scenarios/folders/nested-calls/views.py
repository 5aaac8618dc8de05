"""Sync calls below sync middlewares, and calls that go from loop to thread to loop to thread."""

import asyncio
import time

from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse
from django.utils.decorators import async_only_middleware, sync_only_middleware

CALL_S = 0.2


@sync_only_middleware
def sync_one(get_response):
    def middleware(request):
        return get_response(request)

    return middleware


@async_only_middleware
def async_one(get_response):
    async def middleware(request):
        return await get_response(request)

    return middleware


@sync_only_middleware
def sync_two(get_response):
    def second_middleware(request):
        return get_response(request)

    return second_middleware


def _slow():
    time.sleep(CALL_S)


def _heavy():
    until_ns = time.thread_time_ns() + int(CALL_S * 1e9 / 4)
    while time.thread_time_ns() < until_ns:
        pass


def sync_page(request):
    _slow()
    return HttpResponse("ok")


async def page(request):
    await sync_to_async(_slow)()
    return HttpResponse("ok")


async def computes(request):
    await sync_to_async(_heavy)()
    return HttpResponse("ok")


async def awaits(request):
    await asyncio.sleep(CALL_S)
    return HttpResponse("ok")


def below_a_library(request):
    """A library's coroutine has the thread that waits for it make the call."""
    async_to_sync(sync_to_async(time.sleep))(CALL_S)
    return HttpResponse("ok")


async def library_page(request):
    await sync_to_async(time.sleep)(CALL_S)
    return HttpResponse("ok")


async def _calls_slow():
    await sync_to_async(_slow)()


def _calls_back():
    async_to_sync(_calls_slow)()


async def to_and_fro(request):
    await sync_to_async(_calls_back)()
    return HttpResponse("ok")
