"""What a browser asked for, as its HAR tells it: pages of one host, in the order of their times.

    traffic = read_har(Path("shop.har"), TrafficRules())

HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as browsers' DevTools write it. BadInput in one line where a
file is something else, or holds no page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.traffic import (
    WRITING_METHODS,
    SeenPost,
    SeenRequest,
    Traffic,
    TrafficRules,
    backwards_s,
    pieces_of,
    plain_path,
    quoted,
    traffic_of,
    why_not_sent,
)
from asgi_vs_wsgi.scenarios.untrusted_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.scenario import Method

_STATIC_TYPES = frozenset({"image", "font", "stylesheet", "script", "media", "manifest", "ping", "texttrack", "other"})
_OPEN_TYPES = frozenset({"websocket", "eventsource"})
_KEPT_HEADERS = frozenset({"accept", "accept-language", "authorization", "cookie", "x-requested-with"})
"""Of those that every request had alike: what a view may look at. The driver's own name the host and the connection."""

_FORM = "application/x-www-form-urlencoded"
_WORDS = r"[A-Za-z0-9!#$&^_.+-]+"
_TYPE = re.compile(
    rf"{_WORDS}/{_WORDS}(?: *; *[A-Za-z0-9-]+=(?:[A-Za-z0-9._+-]+|\"[A-Za-z0-9'()+_,./:=? -]+\"))*",
)
"""With parameters: words, or between quotation marks what a boundary may have (RFC 2046)."""
_TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of a form's field
_MOST_TOKEN_PAGES = 20


class _Header(msgspec.Struct):
    name: str
    value: str


class _Request(msgspec.Struct):
    method: str
    url: str
    headers: list[_Header] = []
    post_data: Any = msgspec.field(default=None, name="postData")
    """Read leniently: a file is no worse for a body that cannot be sent."""


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
    return replace(traffic, backwards_s=back_s, posts=_posts(kept, host))


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
    method = entry.request.method
    if method in WRITING_METHODS and rules.writes:
        unsendable = "sent with a body that the file does not hold whole"
        return why_not_sent("GET", target, rules) or ("" if _body_of(entry.request) else unsendable)
    why = why_not_sent(method, target, rules)
    return f"{why} (--allow-writes)" if why == f"of the method {method}" else why


def _body_of(request: _Request) -> tuple[bytes, str] | None:
    """As it is sent again, with its type: a form without its token, or the text as it was; None where it is neither.

    Bytes of a file that are no text stand in no HAR as they were: browsers leave them out, or replace them.
    """
    data = request.post_data if isinstance(request.post_data, dict) else {}
    sent_as = data.get("mimeType")
    text, fields = data.get("text"), data.get("params")
    if not data and _length(request) == "0":
        return b"", ""
    if not isinstance(sent_as, str) or not _TYPE.fullmatch(sent_as):
        return None
    if sent_as.lower().startswith("multipart/"):
        return _without_token_part(text, sent_as) if isinstance(text, str) and not data.get("encoding") else None
    if not sent_as.lower().startswith(_FORM):
        return (text.encode(errors="replace"), sent_as) if isinstance(text, str) and not data.get("encoding") else None
    pairs = parse_qsl(text, keep_blank_values=True) if isinstance(text, str) and text else []
    if not pairs and isinstance(fields, list):
        pairs = [(str(each.get("name")), str(each.get("value", ""))) for each in fields if isinstance(each, dict)]
    return urlencode([(name, value) for name, value in pairs if name != _TOKEN_FIELD]).encode(), sent_as


def _length(request: _Request) -> str:
    """Of the body, as its header tells: a browser that sends none says 0, but for a DELETE. Empty: nobody knows."""
    nothing = "0" if request.method == "DELETE" else ""
    return next((each.value for each in request.headers if each.name.lower() == "content-length"), nothing)


def _without_token_part(text: str, sent_as: str) -> tuple[bytes, str] | None:
    """None where it is not what its type says, or not whole."""
    told = Message()
    told["Content-Type"] = sent_as
    boundary = f"--{told.get_boundary('')}"
    before, *parts = text.split(boundary)
    if before.strip() or len(parts) < 2 or parts[-1].strip() != "--" or "\ufffd" in text:
        return None
    kept = [part for part in parts if f'name="{_TOKEN_FIELD}"' not in part.partition("\r\n\r\n")[0]]
    return "".join(f"{boundary}{part}" for part in kept).encode(), sent_as


def _posts(kept: Sequence[_Entry], host: str) -> dict[str, SeenPost]:
    """The first of each path, and where its visitor may have had its token from."""
    posts: dict[str, SeenPost] = {}
    before: dict[str, None] = {}
    for entry in kept:
        seen = _seen(entry, 0.0)
        body = _body_of(entry.request) if entry.request.method in WRITING_METHODS else None
        if body is None:
            before = {seen.path: None, **before}
        elif seen.path not in posts:
            referer = next((each.value for each in entry.request.headers if each.name.lower() == "referer"), "")
            its_host, from_page = _parts(referer)
            likely = [quoted(from_page)] if from_page and its_host == host else []
            pages = dict.fromkeys([*likely, plain_path(seen.path), *before])
            posts[seen.path] = SeenPost(cast("Method", entry.request.method), *body, tuple(pages)[:_MOST_TOKEN_PAGES])
    return posts


def _when(entry: _Entry) -> float:
    at = entry.started_date_time
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()  # the machine's own zone has gaps and no year 1


def _seen(entry: _Entry, at_s: float) -> SeenRequest:
    status = entry.response.status or None  # 0: it got no answer
    path = quoted(_parts(entry.request.url)[1])
    method = entry.request.method
    return SeenRequest(at_s, method, f"{method} {path}" if method in WRITING_METHODS else path, status)


def _same_headers(requests: Sequence[_Request]) -> tuple[tuple[str, str], ...]:
    found = Counter(
        pair for request in requests for pair in {(header.name.lower(), header.value) for header in request.headers}
    )
    return tuple(
        (name, value)
        for (name, value), times in sorted(found.items())
        if times == len(requests) and name in _KEPT_HEADERS and value.isprintable()
    )
