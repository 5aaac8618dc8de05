"""The bytes of a request, made once but for its id."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, replace
from os import writev
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_TARGET = re.compile(r"/[!-~]*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~]*")
NUMBER: Final = "{n}"
"""Stands for the visitor's number, counted from 1."""
SMALL_BYTES: Final = 4_096
"""Less than any empty send buffer holds: one write takes it all."""
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that may be sent twice (RFC 9110, 9.2.2)."""
_SAY_LENGTH = frozenset({"POST", "PUT", "PATCH"})
"""Methods that tell of an empty body too (RFC 9110, 8.6)."""


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """What a class of visitors sends; NUMBER may stand in paths and in the values of headers."""

    paths: tuple[str, ...]
    """Taken in turn by the visitors of the class."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    visitors: tuple[tuple[tuple[str, str], ...], ...] = ()
    """More headers, of each visitor its own, taken in turn as the paths are."""


def request_specs(requests: Sequence[str | RequestSpec]) -> tuple[RequestSpec, ...]:
    """A path alone is a GET."""
    return tuple(RequestSpec((each,)) if isinstance(each, str) else each for each in requests)


class Template(Protocol):
    """`template % request_id` is a whole request: bytes with a place for the id, or a RequestTemplate."""

    def __mod__(self, request_id: int, /) -> bytes:
        """The bytes to send."""


class RequestTemplate:
    """A request that differs by more than its id, or whose body is too large to be copied for every visitor."""

    __slots__ = ("_first_id", "_heads", "_turns", "body")

    def __init__(self, heads: Sequence[tuple[bytes, int]], body: bytes, first_id: int, turns: Sequence[int]) -> None:
        self.body = body
        self._heads = heads
        """For each path in turn, and how often the visitor's number is filled in before the id."""
        self._first_id = first_id
        self._turns = turns
        """Row to the visitor's place among those of its class; empty where all are of one class."""

    def head(self, request_id: int) -> bytes:
        """All before the body."""
        row = request_id - self._first_id
        turn = self._turns[row] if self._turns else row
        template, numbers = self._heads[turn % len(self._heads)]
        return template % ((row + 1,) * numbers + (request_id,))

    def __mod__(self, request_id: int) -> bytes:
        return self.head(request_id) + self.body


def request_templates(
    requests: Sequence[str | RequestSpec],
    host: str,
    *,
    keep_alive: bool,
    headers: Mapping[str, str] | None = None,
    first_id: int = 0,
    request_of: Sequence[int] = (),
    turns: Sequence[int] = (),
) -> tuple[Template, ...]:
    """One for each request, to be completed with `template % request_id`.

    `request_of`: row to the place of its request, for those that take several paths in turn; `turns`: row to which of
    them it takes, where that is said; `first_id` is the id of row 0. Raises ValueError for a path or a header that
    would not stay one line of HTTP.
    """
    common = [*(headers or {}).items(), *([] if keep_alive else [("Connection", "close")])]
    return tuple(
        _template(spec, host, common, first_id, _turns(place, spec, request_of, turns))
        for place, spec in enumerate(request_specs(requests))
    )


def _template(
    spec: RequestSpec, host: str, common: Sequence[tuple[str, str]], first_id: int, turns: Sequence[int]
) -> Template:
    specs = [replace(spec, headers=(*spec.headers, *own)) for own in spec.visitors] or [spec]
    heads = [request_head(path, each, host, common) for each in specs for path in spec.paths]
    head, numbers = heads[0]
    if len(heads) == 1 and not numbers and len(head) + len(spec.body) <= SMALL_BYTES:
        return head + spec.body.replace(b"%", b"%%")
    return RequestTemplate(heads, spec.body, first_id, turns)


def request_head(path: str, spec: RequestSpec, host: str, common: Sequence[tuple[str, str]]) -> tuple[bytes, int]:
    """All before the body, to be completed with the visitor's number, so often as is told, and the request's id."""
    if not _TARGET.fullmatch(path):
        raise ValueError(f"a path starts with / and has no spaces or controls: {path!r}")
    length = [("Content-Length", str(len(spec.body)))] if spec.body or spec.method in _SAY_LENGTH else []
    usual = [] if any(name.lower() == "host" for name, _ in spec.headers) else [("Host", host)]
    lines = [f"{name}: {value}" for name, value in (*usual, *spec.headers, *common, *length)]
    for line in lines:
        if not _HEADER.fullmatch(line):
            raise ValueError(f"not a header: {line!r}")
    text = "\r\n".join((f"{spec.method} {path} HTTP/1.1", *lines))
    template = text.replace("%", "%%").replace(NUMBER, "%d").encode("ascii")
    return template + b"\r\nX-Request-Id: %d\r\n\r\n", text.count(NUMBER)


def _turns(place: int, spec: RequestSpec, request_of: Sequence[int], said: Sequence[int]) -> Sequence[int]:
    """Counted only where there are turns to take, nobody has said which, and visitors of other classes in between."""
    if said and not spec.visitors:
        return said
    if (len(spec.paths) == 1 and not spec.visitors) or max(request_of, default=0) == 0:
        return ()
    turns, taken = array("I", bytes(4 * len(request_of))), 0
    for row, each in enumerate(request_of):
        if each == place:
            turns[row] = taken
            taken += 1
    return turns


class Outgoing:
    """A request on its way out, in as many pieces as the send buffer takes: its body is shared, never copied."""

    __slots__ = ("_left", "row")

    def __init__(self, row: int, head: bytes, body: bytes) -> None:
        self.row = row
        self._left = [memoryview(head), memoryview(body)]

    def write(self, fd: int) -> bool:
        """Send what the buffer takes; whether that was the last of it. Raises OSError where it takes nothing."""
        sent = writev(fd, self._left)
        while self._left and sent >= len(self._left[0]):
            sent -= len(self._left.pop(0))
        if self._left:
            self._left[0] = self._left[0][sent:]
        return not self._left
