"""What visitors really asked for, as a file of theirs tells it: requests, each with its time.

asked_pages(traffic)        each page once, the one that was asked for most often first
busiest(traffic, 60.0)      the minute with most requests
paced(traffic, 50.0)        the same mix at 50 a second
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, thousands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAFE_METHODS = frozenset({"GET", "HEAD"})
_SENT_METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}
_STATIC_SUFFIX = re.compile(r"\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|eot|mp4|webm|mp3)\Z", re.I)


@dataclass(frozen=True, slots=True)
class TrafficRules:
    """What is left out of a file."""

    static_prefixes: tuple[str, ...] = ("/static/", "/media/")
    """STATIC_URL and MEDIA_URL of the project: a web server sends these."""
    allow_writes: bool = False
    """Whether methods that may change something are kept."""
    seed: int = 1
    """Of the draw that spreads a log's requests over their second, and of the one that thins."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request of the file."""

    at_s: float
    """From the first one that was kept."""
    method: str
    path: str
    """With its query, as it was sent."""
    status: int | None = None
    """What it was answered then; None where the file does not know."""
    body: bytes = b""
    body_type: str = ""


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

    method: str
    path: str
    body: bytes
    body_type: str
    asked: int
    """How often."""
    statuses: Mapping[int, int] = field(default_factory=dict)
    """What it was answered then, and how often."""


def asked_pages(traffic: Traffic) -> list[AskedPage]:
    """Each page once: the one that was asked for most often first, of equals the one that came first."""
    asked: dict[tuple[str, str, bytes, str], Counter[int | None]] = {}
    for each in traffic.requests:
        key = (each.method, each.path, each.body, each.body_type)
        asked.setdefault(key, Counter())[each.status] += 1
    pages = [
        AskedPage(*key, statuses.total(), {status: n for status, n in statuses.items() if status})
        for key, statuses in asked.items()
    ]
    return sorted(pages, key=lambda page: -page.asked)


def busiest(traffic: Traffic, window_s: float) -> Traffic:
    """The part of it that lasts `window_s` and has most requests; of equals the first."""
    requests = traffic.requests
    most, begins, first = 0, 0, 0
    for last, each in enumerate(requests):
        while each.at_s - requests[first].at_s > window_s:
            first += 1
        if last - first + 1 > most:
            most, begins = last - first + 1, first
    return replace(traffic, requests=_from_zero(requests[begins : begins + most]))


def paced(traffic: Traffic, rate: float, seed: int = 1) -> Traffic:
    """The same mix at `rate` requests per second.

    More than that is thinned: each request stays with the same chance, at its own time, so that rushes stay rushes.
    Fewer are brought nearer together: a file holds no more requests than it does.
    """
    if not traffic.rate:
        return traffic
    if rate < traffic.rate:
        draw, chance = random.Random(seed), rate / traffic.rate
        kept = [each for each in traffic.requests if draw.random() < chance]
        return replace(traffic, requests=_from_zero(kept or traffic.requests[:1]))
    nearer = traffic.rate / rate
    return replace(traffic, requests=tuple(replace(each, at_s=each.at_s * nearer) for each in traffic.requests))


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
    if method not in _SENT_METHODS:
        return "of other methods"
    if method not in SAFE_METHODS and not rules.allow_writes:
        return f"of the method {method}"
    return ""


def _from_zero(requests: Sequence[SeenRequest]) -> tuple[SeenRequest, ...]:
    return tuple(replace(each, at_s=each.at_s - requests[0].at_s) for each in requests)
