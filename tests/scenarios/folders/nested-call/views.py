import time

from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.utils.decorators import sync_only_middleware


@sync_only_middleware
def _sync(get_response):
    def middleware(request):
        return get_response(request)

    return middleware


def _slow():
    time.sleep(0.2)


def _heavy():
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        pass


async def page(request):
    await sync_to_async(_slow)()
    return HttpResponse("ok")


async def computes(request):
    await sync_to_async(_heavy)()
    return HttpResponse("ok")
