"""The bytes of a request, made once but for its id, and answers read in whatever pieces they come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_TARGET = re.compile(r"/[!-~]*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~]*")


def request_templates(
    paths: Iterable[str], host: str, *, keep_alive: bool, headers: Mapping[str, str] | None = None
) -> tuple[bytes, ...]:
    """One GET per path, to be completed with `template % request_id`.

    Raises ValueError for a path or a header that would not stay one line of HTTP.
    """
    lines = [f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [] if keep_alive else ["Connection: close"]
    for line in lines:
        if not _HEADER.fullmatch(line):
            raise ValueError(f"not a header: {line!r}")
    return tuple(_template(path, lines) for path in paths)


def _template(path: str, lines: list[str]) -> bytes:
    if not _TARGET.fullmatch(path):
        raise ValueError(f"a path starts with / and has no spaces or controls: {path!r}")
    head = "\r\n".join((f"GET {path} HTTP/1.1", *lines))
    return head.replace("%", "%%").encode("ascii") + b"\r\nX-Request-Id: %d\r\n\r\n"


class Response:
    """One answer on its way in; feed it until it is `complete` or `broken`."""

    __slots__ = ("_body_has_an_end", "_parser", "broken", "complete", "length", "received", "reusable", "row", "status")

    def __init__(self, row: int) -> None:
        self.row = row
        self.status = 0
        self.received = 0
        self.complete = False
        self.broken = False
        self.reusable = False  # whether the connection may carry another request
        self.length = 0  # of the body, where it is told
        self._body_has_an_end = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read one more piece."""
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # What follows a complete answer is no part of it, but nothing more is to be sent there.
            self.broken = not self.complete
            self.reusable = False

    def end(self) -> None:
        """The server hung up: that completes a body without a length, and breaks any other."""
        self.complete = bool(self.status) and not self._body_has_an_end

    def on_header(self, name: bytes, value: bytes) -> None:
        """A length or chunks tell where the body ends."""
        name = name.lower()
        if name == b"content-length":
            self.length = int(value)
        if name == b"content-length" or (name == b"transfer-encoding" and b"chunked" in value.lower()):
            self._body_has_an_end = True

    def on_headers_complete(self) -> None:
        """The head is whole. Interim answers (1xx) are not the answer."""
        status = self._parser.get_status_code()
        if status >= 200 and not self.complete:
            self.status = status
        else:
            self.reusable = False

    def on_message_complete(self) -> None:
        """The body is whole."""
        if self.status and not self.complete:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()
