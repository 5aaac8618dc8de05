"""What the user asks of their project, checked: which pages and how often, as whom, and how much they may do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.limits import refuse_quantity
from asgi_vs_wsgi.scenarios.project.project_trial import Allowed
from asgi_vs_wsgi.scenarios.project.traffic import AS_IT_IS, asked_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asgi_vs_wsgi.scenarios.project.traffic import Traffic

MOST_SEEN = 60
"""Pages of a file that are tried."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of a trial and of a run alike."""

    pages: Mapping[str, float] = field(default_factory=dict)
    """Path, as a browser would send it, to how often it is asked for among the others; none: what is found."""
    traffic: Traffic | None = None
    """Of a file, whose pages are asked for as often as it tells."""
    user: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    host: str = ""
    """Empty: one that the project answers to."""
    allowed: Allowed = field(default_factory=Allowed)
    allow_remote: bool = False
    """Whether a database may be on another machine."""
    allow_as_is: bool = False
    """Whether one that cannot be copied may be used as it is."""

    @property
    def seen(self) -> dict[str, float]:
        """Path to how often the file tells of it, of those that it tells of most often."""
        pages = asked_pages(self.traffic)[:MOST_SEEN] if self.traffic else []
        return {page.path: float(page.asked) for page in pages}


def page_asked(words: str) -> tuple[str, float]:
    """`/books/=3`, `/books/?page=2=3`; what follows the last `=` is a weight where it is a number and no query's."""
    path, equals, weight = words.rpartition("=")
    share = _number(weight)
    last = path.partition("?")[2].rpartition("&")[2]
    if not equals or share is None or ("?" in path and "=" not in last):
        path, share = words, 1.0
    if not path.startswith("/") or "#" in path:
        raise BadInput(f"--page {words}: no path", hint="--page PATH[=WEIGHT], such as /books/ or /books/=3")
    if reason := refuse_quantity(share):
        raise BadInput(f"--page {words}: the weight {reason}", hint="a number above 0: how often, among the others")
    return quote(path, safe=AS_IT_IS), share


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def header_asked(words: str) -> tuple[str, str]:
    """`Accept-Language: de`."""
    found = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)", words)
    if not found:
        raise BadInput(f"--header {words}: no header", hint="NAME: VALUE, such as 'Accept-Language: de'")
    return found[1], found[2].strip()


def host_asked(words: str) -> str:
    """`shop.example`, also with a port."""
    if words and not re.fullmatch(r"[A-Za-z0-9._\[\]:-]+", words):
        raise BadInput(f"--host {words}: no name of a host", hint="such as shop.example or localhost:8000")
    return words
