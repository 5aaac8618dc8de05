"""A page whose script blocks, behind WSGI and ASGI; its answers carry what no trace of a browser should hand on."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream

_PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def page(request: HttpRequest) -> HttpResponse:
    return _answer(upstream.get(parameter("io_ms")), ask="data")


async def apage(request: HttpRequest) -> HttpResponse:
    return _answer(await upstream.aget(parameter("io_ms")), ask="adata")


def data(request: HttpRequest) -> HttpResponse:
    return _answer(upstream.get(parameter("io_ms")), ask="data")


async def adata(request: HttpRequest) -> HttpResponse:
    return _answer(await upstream.aget(parameter("io_ms")), ask="adata")


def _answer(body: bytes, ask: str) -> HttpResponse:
    html = _PAGE.replace("{ask}", ask).replace("{answer}", body.decode())
    response = HttpResponse(html, headers={"Cache-Control": "no-store", "X-Private": "planted-answer-header"})
    response.set_cookie("sid", "planted-cookie")
    return response
