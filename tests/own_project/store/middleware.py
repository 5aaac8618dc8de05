import time

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def timing(get_response):
    if iscoroutinefunction(get_response):

        async def middleware(request):
            if request.path == "/live/timed/":
                time.sleep(0.05)  # planted: middleware
            return await get_response(request)

    else:

        def middleware(request):
            return get_response(request)

    return middleware


class Branch:  # told: sync-middleware
    """Which branch of the shop a visitor is in: written before there was any async."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/branch/":
            time.sleep(0.05)  # planted: sync-middleware, in a thread
        request.branch = request.headers.get("X-Branch", "main")
        return self.get_response(request)
