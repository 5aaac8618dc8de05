"""One request of the project's WSGI application, made as a server would make it, and what came of it.

Asked are, of one request: `path`, `method`, `headers` (pairs), its `body` where it has one (a sign for each byte), and
how long and how much of the answer's body is read.
"""

from __future__ import annotations

import io
import os
import re
import sys
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from asgi_vs_wsgi.server_targets.probe.callable_name import name_of
from asgi_vs_wsgi.server_targets.project.url_patterns import is_own, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_BYTES = 8_000_000
"""Of a body; one that is longer has no end, as far as anybody waits for it."""
MOST_LINKS = 200
MOST_PARSED = 1_000_000
_WORDS = 300
_SENT_AS_IT_IS = "/%:@!$&'()*+,;=~"
"""In a path, as browsers have it; everything else of a link is quoted."""
_CATCHES_ALL = re.compile(r"<path:|\.[*+]|/\)[*+]")


class Made:
    """How Django has made the last answer; heard by handlers that are made after `watch`."""

    rendered: bool | None = None
    """Whether it was a TemplateResponse, which Django renders after the view; None where it was not come to that."""
    answered_by = ""
    """The middleware whose `process_view` has answered in the view's place; empty for the view."""

    def watch(self) -> None:
        """In this process, from now on."""
        from django.core.handlers.base import BaseHandler

        of_django, made = BaseHandler._get_response, self  # type: ignore[attr-defined]
        heard: set[int] = set()

        def get_response(handler: Any, request: Any) -> Any:
            if id(handler) not in heard:  # there is one, mostly, and none ends before the process
                heard.add(id(handler))
                handler._view_middleware = [made._heard(hook) for hook in handler._view_middleware]
            response = of_django(handler, request)
            made.rendered = callable(getattr(response, "render", None))
            return response

        BaseHandler._get_response = get_response  # type: ignore[attr-defined]

    def _heard(self, process_view: Callable[..., Any]) -> Callable[..., Any]:
        def process(*asked: Any) -> Any:
            response = process_view(*asked)
            if response is not None:
                self.answered_by = name_of(getattr(process_view, "__self__", process_view))
            return response

        return process


class Visitor:
    """Asks the application, one request at a time."""

    def __init__(self, application: Any, folder: str, made: Made | None = None) -> None:
        self._application, self._folder, self._made = application, folder, made or Made()
        self._error: dict[str, Any] | None = None
        from django.core.signals import got_request_exception

        got_request_exception.connect(self._failed, weak=False)

    def visit(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Its status, time, body and links; `error` where code of theirs has raised one."""
        self._error, self._made.rendered, self._made.answered_by = None, None, ""
        answer = _Answer(asked["method"], asked["within_s"])
        environ = environ_of(asked["method"], asked["path"], asked["headers"], asked.get("body", ""))
        began, used = time.perf_counter(), time.process_time()
        try:
            answer.read(self._application(environ, answer.start))
        except BaseException as error:  # noqa: BLE001 - a view may raise SystemExit too
            self._error = self._told(error)
        told = answer.told()
        told["ms"] = (time.perf_counter() - began) * 1000
        told["cpu_ms"] = (time.process_time() - used) * 1000
        told["error"], told["rendered"], told["answered_by"] = self._error, self._made.rendered, self._made.answered_by
        told["links"] = links_of(answer.text(), asked["path"], environ["HTTP_HOST"])
        return told

    def page_and_cookies(self, asked: dict[str, Any]) -> tuple[str, list[str]]:
        """Of one answer what is of HTML, and the cookies that it sets, a line each; none where it fails."""
        answer = _Answer(asked["method"], asked["within_s"])
        try:
            answer.read(self._application(environ_of("GET", asked["path"], asked["headers"]), answer.start))
        except BaseException:  # noqa: BLE001 - as above; a page that fails gives nothing
            return "", []
        return answer.text(), answer.set_cookies

    def _failed(self, **_: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            self._error = self._told(error)

    def _told(self, error: BaseException) -> dict[str, Any]:
        """Its type, its words, and the innermost line of the project's own."""
        where, trace = "", error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if is_own(code.co_filename, self._folder):
                file = os.path.relpath(code.co_filename, self._folder)
                where = f"{file}:{trace.tb_lineno} {code.co_name}"
            trace = trace.tb_next
        return {"type": type(error).__name__, "words": str(error)[:_WORDS], "where": where}


class _Answer:
    """What a server would have sent."""

    def __init__(self, method: str, within_s: float) -> None:
        self._is_head = method == "HEAD"
        self._within_s = within_s
        self._status, self._headers = 0, {}  # type: int, dict[str, str]
        self._kept, self._bytes, self._whole = [], 0, True  # type: list[bytes], int, bool
        self.set_cookies: list[str] = []

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """As WSGI has it."""
        self._status = int(status.split()[0])
        self._headers = {name.lower(): value for name, value in headers}
        self.set_cookies = [value for name, value in headers if name.lower() == "set-cookie"]
        return self._took

    def read(self, body: Iterable[bytes]) -> None:
        """All of it, or as much as anybody waits for."""
        try:
            until = 0.0
            for part in body:
                until = until or time.monotonic() + self._within_s  # a view may take its time for the first part
                if self._bytes > MOST_BYTES or time.monotonic() > until:
                    self._whole = False
                    break
                self._took(part)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _took(self, part: bytes) -> None:
        self._bytes += len(part)
        if self._bytes <= MOST_PARSED:
            self._kept.append(part)

    def text(self) -> str:
        """Of a page of HTML; empty for others."""
        if not self._headers.get("content-type", "").startswith("text/html"):
            return ""
        return b"".join(self._kept).decode(errors="replace")

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "status": self._status,
            "bytes": self._bytes,
            "whole": self._whole,
            "content_type": self._headers.get("content-type", ""),
            "location": self._headers.get("location", ""),
        }


def environ_of(method: str, target: str, headers: list[list[str]], body: str = "") -> dict[str, Any]:
    """As gunicorn makes it of a request from this machine: it believes a proxy here that says `https`."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target,
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "asgi-vs-wsgi",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body.encode("latin-1")),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        key = key[5:] if key in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH") else key
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    if environ.get("HTTP_X_FORWARDED_PROTO", "").lower() == "https":
        environ["wsgi.url_scheme"] = "https"
    host, _, port = environ["HTTP_HOST"].partition(":")
    secure = environ["wsgi.url_scheme"] == "https"
    return {**environ, "SERVER_NAME": host, "SERVER_PORT": port or ("443" if secure else "80")}


class _Links(HTMLParser):
    """What `<a href>` names."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, None] = {}
        self.base = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag == "base" and named.get("href") and not self.base:
            self.base = named["href"] or ""
        if tag == "a" and "download" not in named and (href := (named.get("href") or "").strip()):
            self.found.setdefault(href)


def links_of(html: str, path: str, host: str) -> list[str]:
    """Paths on the same host that a page names, without fragments, each once, in their order."""
    parser = _Links()
    parser.feed(html)
    return same_host(parser.found, urljoin(f"//{host}{path}", parser.base), host)


def same_host(links: Iterable[str], base: str, host: str) -> list[str]:
    """Those of this host, as paths."""
    found: dict[str, None] = {}
    for link in links:
        try:
            parts = urlsplit(urljoin(base, link))
        except ValueError:  # no address at all
            continue
        if parts.scheme not in ("", "http", "https") or parts.netloc.lower() != host.lower():
            continue
        path, query = quote(parts.path or "/", safe=_SENT_AS_IT_IS), quote(parts.query, safe=_SENT_AS_IT_IS + "?/")
        found.setdefault(f"{path}?{query}" if query else path)
        if len(found) == MOST_LINKS:
            break
    return list(found)


def view_at(target: str) -> dict[str, Any] | None:
    """What answers `/path` or `POST /path`, as the project's URLconf says; None where nothing does."""
    from django.urls import Resolver404, resolve

    method, space, path = target.partition(" ")
    if not space:
        method, path = "GET", target
    try:
        match = resolve(unquote_to_bytes(path.partition("?")[0]).decode("utf-8", "replace"))
    except Resolver404:
        return None
    view = view_of(match.func, method)
    return {
        "pattern": "/" + match.route.lstrip("/"),
        "url_name": match.view_name or None,
        "view": view.name,
        "kind": view.kind,
        "file": view.file,
        "line": view.line,
        "catches_all": bool(_CATCHES_ALL.search(match.route)),
    }
