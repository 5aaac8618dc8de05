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
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, seconds, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.scenario import Method

SAFE_METHODS = frozenset({"GET", "HEAD"})
AS_IT_IS = "/:@!$&'()*+,;=~%?"
"""Signs of a path that are sent as they are written; all others are quoted."""
WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_STATIC_SUFFIX = re.compile(r"\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|eot|mp4|webm|mp3)\Z", re.I)


@dataclass(frozen=True, slots=True)
class TrafficRules:
    """What is left out of a file."""

    static_prefixes: tuple[str, ...] = ("/static/", "/media/")
    """STATIC_URL and MEDIA_URL of the project: a web server sends these."""
    seed: int = 1
    """Of the draw that spreads a log's requests over their second."""
    writes: bool = False
    """Whether what a HAR's browser has posted is taken; a log does not hold it."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request of the file."""

    at_s: float
    """From the first one that was kept."""
    method: str
    path: str
    """With its query, as a request line may hold it; of what is posted, `POST /path`, `PUT /path`, ..."""
    status: int | None = None
    """What it was answered then; None where the file does not know."""


@dataclass(frozen=True, slots=True)
class SeenPost:
    """What a browser has posted (or put, patched, deleted), without the token that it sent with it."""

    method: Method
    body: bytes
    content_type: str
    """Empty where there is no body."""
    token_pages: tuple[str, ...]
    """Which may give a visitor a token, the likeliest first: the page that it came from, its own, those before it."""


def plain_path(path: str) -> str:
    """Of `POST /path`, the path that its request line holds; a path has no spaces."""
    return path.rpartition(" ")[2]


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
    posts: Mapping[str, SeenPost] = field(default_factory=dict)
    """By `POST /path`: the first that was posted there. It may hold a password: never shown, never saved."""
    backwards_s: float = 0.0
    """How far the file's times go back at most, from one entry to the next: they were put in order."""

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
    back = traffic.backwards_s
    order = f"; its times run backwards by up to {seconds(back)}: put in order" if back > _USUAL_DISORDER_S else ""
    return words + left_out_words(traffic.left_out) + order


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
    if method in WRITING_METHODS:
        return f"of the method {method}"
    return "" if method in SAFE_METHODS else "of other methods"


_USUAL_DISORDER_S = 60.0
"""A web server logs a request when it is answered: of those before it some have begun later."""
_MOST_BYTES = 512 << 20
_LONGEST_LINE = 1 << 16
_MOST_SHOWN = 60
_LOG_LINE = re.compile(
    rb"\S+ \S+ .*?\[(?P<at>\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\]"
    rb' "(?P<line>(?:[^"\\]|\\.)*)" (?P<status>\d{3})\b'
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
"""In a log they are English, wherever the machine stands."""


def read_access_log(path: Path, rules: TrafficRules) -> Traffic:
    """The requests that a web server has logged."""
    left_out: Counter[str] = Counter()
    seen: list[SeenRequest] = []
    first_strange = b""
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
            seen.append(SeenRequest(at_s, method, quoted(target, "latin-1"), int(found["status"])))
    if not seen and first_strange:
        shown = one_line(first_strange[:_MOST_SHOWN].decode("utf-8", "replace"))
        raise BadInput(
            f"{path.name} holds no request of the combined or common format; it begins with: {shown}",
            hint='nginx: access_log FILE combined; Apache: LogFormat "%h %l %u %t \\"%r\\" %>s %b"',
        )
    back_s = backwards_s([each.at_s for each in seen])
    seen = _spread(sorted(seen, key=lambda each: each.at_s), rules.seed)
    traffic = traffic_of(path, [replace(each, at_s=each.at_s - seen[0].at_s) for each in seen], left_out)
    return replace(traffic, backwards_s=back_s)


def _spread(seen: Sequence[SeenRequest], seed: int) -> list[SeenRequest]:
    """Over the second that each has, in the order of their lines."""
    draw = random.Random(seed).random
    seconds_ = Counter(each.at_s for each in seen)
    within = {at_s: iter(sorted(draw() for _ in range(many))) for at_s, many in seconds_.items()}
    return [replace(each, at_s=each.at_s + next(within[each.at_s])) for each in seen]


def pieces_of(path: Path) -> Iterator[bytes]:
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
    for piece in pieces_of(path):
        *lines, rest = (rest[:_LONGEST_LINE] + piece).split(b"\n")
        yield from (line for line in lines if line.strip())
    if rest.strip():
        yield rest


def backwards_s(times_s: Sequence[float]) -> float:
    """How far they go back at most, from one to the next."""
    return max((before - after for before, after in pairwise(times_s)), default=0.0)


def traffic_of(
    path: Path,
    requests: Sequence[SeenRequest],
    left_out: Mapping[str, int],
    headers: tuple[tuple[str, str], ...] = (),
) -> Traffic:
    """Of what was kept of a file; BadInput where that is nothing."""
    if not requests:
        raise BadInput(
            f"{path.name} holds no request that can be sent{left_out_words(left_out)}",
            hint="a file with pages that were asked for by GET",
        )
    dropped = len(requests) - REQUESTS.high
    if dropped > 0:
        left_out = {**left_out, f"after the first {thousands(REQUESTS.high)}": dropped}
    return Traffic(path.name, tuple(requests[: REQUESTS.high]), dict(left_out), headers)


def quoted(target: str, encoding: str = "utf-8") -> str:
    """As browsers send it: what is no ASCII would end the request line, and `{n}` would be a visitor's number."""
    return quote(target, safe=AS_IT_IS, encoding=encoding)


def _log_time_s(text: bytes) -> float | None:
    """`27/Nov/2026:20:57:33 +0100` since the epoch; None for a day that no calendar has."""
    day, month, rest = text.decode("ascii", "replace").split("/", 2)
    try:
        number = _MONTHS.index(month) // 3 + 1
        return datetime.strptime(f"{day}/{number}/{rest}", "%d/%m/%Y:%H:%M:%S %z").timestamp()
    except ValueError:
        return None
