"""A page that a view waits for, and one that it makes in parts: each larger than the kernel's buffers."""

import time

from django.http import HttpResponse, StreamingHttpResponse

from asgi_vs_wsgi.views import parameter

PARTS = 8


def _size():
    return int(parameter("page_kb") * 1000)


def _waits(share):
    time.sleep(parameter("io_ms") / 1000 * share)


def waits(request):
    _waits(1)
    return HttpResponse(b"x" * _size(), headers={"Content-Length": str(_size())})


def parts(request):
    def _parts():
        for _ in range(PARTS):
            _waits(1 / PARTS)
            yield b"x" * (_size() // PARTS)

    return StreamingHttpResponse(_parts())
