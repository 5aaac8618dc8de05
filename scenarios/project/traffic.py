"""What visitors really asked for, as a file tells it: requests, each with its time, and their mix of pages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, thousands

if TYPE_CHECKING:
    from collections.abc import Mapping

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
