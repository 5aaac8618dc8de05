"""What a browser asked for, as its HAR tells it: pages of one host, in the order of their times.

    traffic = read_har(Path("shop.har"), TrafficRules())

HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as browsers' DevTools write it. BadInput in one line where a
file is something else, or holds no page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.project.traffic import (
    SeenRequest,
    Traffic,
    TrafficRules,
    backwards_s,
    pieces_of,
    quoted,
    traffic_of,
    why_not_sent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_STATIC_TYPES = frozenset({"image", "font", "stylesheet", "script", "media", "manifest", "ping", "texttrack", "other"})
_OPEN_TYPES = frozenset({"websocket", "eventsource"})
_KEPT_HEADERS = frozenset({"accept", "accept-language", "authorization", "cookie", "x-requested-with"})
"""Of those that every request had alike: what a view may look at. The driver's own name the host and the connection."""


class _Header(msgspec.Struct):
    name: str
    value: str


class _Request(msgspec.Struct):
    method: str
    url: str
    headers: list[_Header] = []


class _Response(msgspec.Struct):
    status: int = 0


class _Entry(msgspec.Struct, rename="camel"):
    started_date_time: datetime
    request: _Request
    response: _Response = msgspec.field(default_factory=_Response)
    resource_type: str = msgspec.field(default="", name="_resourceType")


class _Log(msgspec.Struct):
    entries: list[_Entry]


class _Har(msgspec.Struct):
    log: _Log


def read_har(path: Path, rules: TrafficRules) -> Traffic:
    """The requests that a browser sent to the host it asked most often."""
    text = b"".join(pieces_of(path))
    try:
        entries = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=_Har).log.entries
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path.name} is no HAR file: {one_line(str(error))}",
            hint="in the browser's DevTools, panel Network: Save all as HAR",
        ) from None
    host = _most_asked_host(entry.request.url for entry in entries)
    left_out: Counter[str] = Counter()
    kept = []
    for entry in entries:
        if reason := _why_no_page(entry, host, rules):
            left_out[reason] += 1
        else:
            kept.append(entry)
    back_s = backwards_s([_when(entry) for entry in kept])
    kept.sort(key=_when)
    requests = [_seen(entry, _when(entry) - _when(kept[0])) for entry in kept]
    traffic = traffic_of(path, requests, left_out, _same_headers([entry.request for entry in kept]))
    return replace(traffic, backwards_s=back_s)


def _most_asked_host(urls: Iterable[str]) -> str:
    hosts = Counter(_parts(url)[0] for url in urls)
    return max(hosts, key=hosts.__getitem__, default="")


def _parts(url: str) -> tuple[str, str]:
    """Host and port as they are named, and the path with its query; both empty where it is no address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https"):
        return "", ""
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _why_no_page(entry: _Entry, host: str, rules: TrafficRules) -> str:
    its_host, target = _parts(entry.request.url)
    if its_host != host or not host:
        return "to other hosts"
    kind = entry.resource_type.lower()
    if kind in _OPEN_TYPES:
        return "streams that stay open"
    if kind in _STATIC_TYPES:
        return "static files"
    return why_not_sent(entry.request.method, target, rules)


def _when(entry: _Entry) -> float:
    at = entry.started_date_time
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()  # the machine's own zone has gaps and no year 1


def _seen(entry: _Entry, at_s: float) -> SeenRequest:
    status = entry.response.status or None  # 0: it got no answer
    return SeenRequest(at_s, entry.request.method, quoted(_parts(entry.request.url)[1]), status)


def _same_headers(requests: Sequence[_Request]) -> tuple[tuple[str, str], ...]:
    found = Counter(
        pair for request in requests for pair in {(header.name.lower(), header.value) for header in request.headers}
    )
    return tuple(
        (name, value)
        for (name, value), times in sorted(found.items())
        if times == len(requests) and name in _KEPT_HEADERS and value.isprintable()
    )
