"""The bytes of a request: everything but its id is made once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

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
