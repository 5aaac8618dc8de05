"""One page twice, blocking and awaiting, and what belongs to it: a stylesheet, a script, a picture, data for clicks."""

import struct
import zlib
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

_PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
_STYLE = "body{font:18px sans-serif;margin:2em;max-width:40em}button{padding:.5em 1em}output{display:block;margin:1em}"
_SCRIPT = """
const answer = document.getElementById('answer');
const shown = text => {
  answer.textContent = text;
  requestAnimationFrame(() => setTimeout(() => performance.mark('answer')));
};
const on = (id, click) => { document.getElementById(id).onclick = click; };
on('fetch', async () => {
  answer.textContent = 'one moment';
  shown(await (await fetch(document.body.dataset.ask)).text());
});
on('compute', () => {
  const until = performance.now() + 150;
  while (performance.now() < until);
  shown('sorted');
});
on('sync-xhr', () => {
  const ask = new XMLHttpRequest();
  ask.open('GET', document.body.dataset.ask, false);
  ask.send();
  shown(ask.responseText);
});
on('navigate', () => location.assign(document.body.dataset.next));
"""


def page(request: HttpRequest) -> HttpResponse:
    return _answer(upstream.get(parameter("io_ms")), ask="data", after="page?next")


async def apage(request: HttpRequest) -> HttpResponse:
    return _answer(await upstream.aget(parameter("io_ms")), ask="adata", after="apage?next")


def data(request: HttpRequest) -> HttpResponse:
    return HttpResponse(upstream.get(parameter("io_ms")), content_type="text/plain")


async def adata(request: HttpRequest) -> HttpResponse:
    return HttpResponse(await upstream.aget(parameter("io_ms")), content_type="text/plain")


def style(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_STYLE, content_type="text/css")


def script(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_SCRIPT, content_type="text/javascript")


def picture(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_PICTURE, content_type="image/png")


def _answer(body: bytes, ask: str, after: str) -> HttpResponse:
    html = _PAGE.replace("{ask}", ask).replace("{next}", after).replace("{answer}", body.decode())
    return HttpResponse(html, headers={"Cache-Control": "no-store"})


def _png(width: int, height: int) -> bytes:
    rows = b"".join(b"\0" + bytes((x * 3 ^ y) & 255 for x in range(width) for _ in range(3)) for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


_PICTURE = _png(480, 240)
