"""What visitors really asked for, as a file tells it: requests, each with its time, and their mix of pages.

The files that tell what visitors asked for: a browser's HAR and a web server's access log.

    traffic = read_har(Path("shop.har"), TrafficRules())
    traffic = read_access_log(Path("access.log.1.gz"), TrafficRules(static_prefixes=("/assets/",)))

A log knows whole seconds: its requests are spread over their second by a seeded draw, so the same file gives the same
times. Formats: HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), nginx's and Apache's `combined` and
`common`; either may be packed by gzip. BadInput in one line where a file is something else, or holds no page.
"""

from __future__ import annotations

import gzip
import random
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote, urlsplit

import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS
from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, thousands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

SAFE_METHODS = frozenset({"GET", "HEAD"})
AS_IT_IS = "/:@!$&'()*+,;=~%?"
"""Signs of a path that are sent as they are written; all others are quoted."""
_UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_STATIC_SUFFIX = re.compile(r"\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|eot|mp4|webm|mp3)\Z", re.I)


@dataclass(frozen=True, slots=True)
class TrafficRules:
    """What is left out of a file."""

    static_prefixes: tuple[str, ...] = ("/static/", "/media/")
    """STATIC_URL and MEDIA_URL of the project: a web server sends these."""
    seed: int = 1
    """Of the draw that spreads a log's requests over their second."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request of the file."""

    at_s: float
    """From the first one that was kept."""
    method: str
    path: str
    """With its query, as a request line may hold it."""
    status: int | None = None
    """What it was answered then; None where the file does not know."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The requests of one file in the order of their times, and what was left out of it."""

    source: str
    """The file's name, for people."""
    requests: tuple[SeenRequest, ...]
    left_out: Mapping[str, int]
    """Reason to how many."""
    headers: tuple[tuple[str, str], ...] = ()
    """Those that all of a HAR's requests had alike. They may hold who is logged in: never shown, never saved."""

    @property
    def duration_s(self) -> float:
        """From the first request to the last."""
        return self.requests[-1].at_s

    @property
    def rate(self) -> float:
        """Requests per second on average, the first not counted; 0 where all came at once."""
        return (len(self.requests) - 1) / self.duration_s if self.duration_s else 0.0


@dataclass(frozen=True, slots=True)
class AskedPage:
    """What one or more requests of a file asked for."""

    path: str
    asked: int
    """How often."""
    statuses: Mapping[int, int] = field(default_factory=dict)
    """What it was answered then, and how often."""


def asked_pages(traffic: Traffic) -> list[AskedPage]:
    """Each page once: the one that was asked for most often first, of equals the one that came first."""
    asked: dict[str, Counter[int | None]] = {}
    for each in traffic.requests:
        asked.setdefault(each.path, Counter())[each.status] += 1
    pages = [
        AskedPage(path, statuses.total(), {status: n for status, n in statuses.items() if status})
        for path, statuses in asked.items()
    ]
    return sorted(pages, key=lambda page: -page.asked)


def traffic_words(traffic: Traffic) -> str:
    """`shop.har: 41 requests for 12 pages in 31 s; left out: 30 static files, 2 of the method POST`."""
    words = (
        f"{one_line(traffic.source)}: {count(len(traffic.requests), 'request')} "
        f"for {count(len(asked_pages(traffic)), 'page')} in {traffic.duration_s:.3g} s"
    )
    return words + left_out_words(traffic.left_out)


def left_out_words(left_out: Mapping[str, int]) -> str:
    """To follow a sentence; nothing where nothing was left out."""
    reasons = ", ".join(f"{thousands(number)} {reason}" for reason, number in left_out.items() if number)
    return f"; left out: {reasons}" if reasons else ""


def why_not_sent(method: str, target: str, rules: TrafficRules) -> str:
    """In words that follow a number; nothing for a request that is sent."""
    if not target.startswith("/") or target.startswith("//") or not target.isprintable() or " " in target:
        return "for no path of this host"
    path = target.partition("?")[0]
    if path.startswith(tuple(each for each in rules.static_prefixes if len(each) > 1)) or _STATIC_SUFFIX.search(path):
        return "static files"
    if method in _UNSAFE_METHODS:
        return f"of the method {method}"
    return "" if method in SAFE_METHODS else "of other methods"


_STATIC_TYPES = frozenset({"image", "font", "stylesheet", "script", "media", "manifest", "ping", "texttrack", "other"})
_OPEN_TYPES = frozenset({"websocket", "eventsource"})
_KEPT_HEADERS = frozenset({"accept", "accept-language", "authorization", "cookie", "x-requested-with"})
"""Of those that every request had alike: what a view may look at. The driver's own name the host and the connection."""
_MOST_BYTES = 512 << 20
_LONGEST_LINE = 1 << 16
_MOST_SHOWN = 60
_LOG_LINE = re.compile(
    rb"\S+ \S+ .*?\[(?P<at>\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\]"
    rb' "(?P<line>(?:[^"\\]|\\.)*)" (?P<status>\d{3})\b'
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
"""In a log they are English, wherever the machine stands."""


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
    text = b"".join(_pieces(path))
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
    kept.sort(key=_when)
    requests = [_seen(entry, _when(entry) - _when(kept[0])) for entry in kept]
    return _traffic(path, requests, left_out, _same_headers([entry.request for entry in kept]))


def read_access_log(path: Path, rules: TrafficRules) -> Traffic:
    """The requests that a web server has logged."""
    left_out: Counter[str] = Counter()
    seen: list[SeenRequest] = []
    first_strange = b""
    spread = random.Random(rules.seed)
    for line in _lines(path):
        found = _LOG_LINE.match(line)
        at_s = found and _log_time_s(found["at"])
        if not found or at_s is None:
            first_strange = first_strange or line.strip()
            left_out["lines in another format"] += 1
            continue
        method, _, rest = found["line"].decode("latin-1").partition(" ")
        target = rest.rpartition(" HTTP/")[0] or rest
        if reason := why_not_sent(method, target, rules):
            left_out[reason] += 1
        else:
            seen.append(SeenRequest(at_s + spread.random(), method, _quoted(target, "latin-1"), int(found["status"])))
    if not seen and first_strange:
        shown = one_line(first_strange[:_MOST_SHOWN].decode("utf-8", "replace"))
        raise BadInput(
            f"{path.name} holds no request of the combined or common format; it begins with: {shown}",
            hint='nginx: access_log FILE combined; Apache: LogFormat "%h %l %u %t \\"%r\\" %>s %b"',
        )
    seen.sort(key=lambda each: each.at_s)
    return _traffic(path, [replace(each, at_s=each.at_s - seen[0].at_s) for each in seen], left_out)


def _pieces(path: Path) -> Iterator[bytes]:
    """The file's contents, unpacked."""
    left = _MOST_BYTES
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with cast("BinaryIO", gzip.open(path)) if packed else path.open("rb") as file:
            while piece := file.read(1 << 20):
                left -= len(piece)
                if left < 0:
                    raise BadInput(f"{path.name} is larger than {_MOST_BYTES >> 20} MB", hint="a part of it")
                yield piece
    except (EOFError, OSError, zlib.error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or one_line(str(error))
        raise BadInput(f"{path}: {why}", hint="a whole file that can be read") from None


def _lines(path: Path) -> Iterator[bytes]:
    """Those that hold something; of one that is too long to be one, a part."""
    rest = b""
    for piece in _pieces(path):
        *lines, rest = (rest[:_LONGEST_LINE] + piece).split(b"\n")
        yield from (line for line in lines if line.strip())
    if rest.strip():
        yield rest


def _traffic(
    path: Path,
    requests: Sequence[SeenRequest],
    left_out: Mapping[str, int],
    headers: tuple[tuple[str, str], ...] = (),
) -> Traffic:
    if not requests:
        raise BadInput(
            f"{path.name} holds no request that can be sent{left_out_words(left_out)}",
            hint="a file with pages that were asked for by GET",
        )
    dropped = len(requests) - REQUESTS.high
    if dropped > 0:
        left_out = {**left_out, f"after the first {thousands(REQUESTS.high)}": dropped}
    return Traffic(path.name, tuple(requests[: REQUESTS.high]), dict(left_out), headers)


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
    return entry.started_date_time.timestamp()


def _seen(entry: _Entry, at_s: float) -> SeenRequest:
    status = entry.response.status or None  # 0: it got no answer
    return SeenRequest(at_s, entry.request.method, _quoted(_parts(entry.request.url)[1]), status)


def _quoted(target: str, encoding: str = "utf-8") -> str:
    """As browsers send it: what is no ASCII would end the request line, and `{n}` would be a visitor's number."""
    return quote(target, safe=AS_IT_IS, encoding=encoding)


def _same_headers(requests: Sequence[_Request]) -> tuple[tuple[str, str], ...]:
    found = Counter(
        pair for request in requests for pair in {(header.name.lower(), header.value) for header in request.headers}
    )
    return tuple(
        (name, value)
        for (name, value), times in sorted(found.items())
        if times == len(requests) and name in _KEPT_HEADERS and value.isprintable()
    )


def _log_time_s(text: bytes) -> float | None:
    """`27/Nov/2026:20:57:33 +0100` since the epoch; None for a day that no calendar has."""
    day, month, rest = text.decode("ascii", "replace").split("/", 2)
    try:
        number = _MONTHS.index(month) // 3 + 1
        return datetime.strptime(f"{day}/{number}/{rest}", "%d/%m/%Y:%H:%M:%S %z").timestamp()
    except ValueError:
        return None
