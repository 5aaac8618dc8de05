"""A project of the user's own as it is served in a run: which pages, in which interpreter, with which server products.

The pages are given: by the user's words, by a trial, or, where there is neither, by the look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import TYPE_CHECKING
from urllib.parse import quote

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.limits import refuse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.project_look import ProjectLook, ProjectPage

MOST_PAGES = 8
"""That are chosen where nobody says which."""
LOCALHOST = "localhost"
_AS_IT_IS = "/:@!$&'()*+,;=~%?"
_RESERVED = frozenset({"all"})
"""What all visitors together are called."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class ServedPage:
    """One page: a class of visitors, and a view of the scenario that is written of the project."""

    name: str
    """An identifier, of the class and of the view."""
    path: str
    weight: float
    """Among the others: how often it is asked for."""
    look: ProjectPage | None
    """What answers it, where the look knows of a pattern for it."""


@dataclass(frozen=True, slots=True)
class ServedProject:
    """What a run needs to know of it beside the scenario that is written of it (project.synthetic_scenario)."""

    location: ProjectLocation
    look: ProjectLook
    pages: tuple[ServedPage, ...]
    versions: dict[str, str]
    """Of a server product by the name of its distribution: theirs, or that of the toolbox."""
    tools: tuple[str, ...] = ()
    """Folders of the toolbox, for what their interpreter does not have."""
    measures_s: float = 0.0
    """For how long a target is to be measured, where nobody says how many requests; 0: as the load says."""
    allow_remote: bool = False
    """Whether a database may be on another machine."""
    allow_as_is: bool = False
    """Whether one that cannot be copied may be used as it is."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Path of a page that would have been asked for, to why it is not."""


def chosen_pages(look: ProjectLook, words: Sequence[str] = (), left_out: Iterable[str] = ()) -> tuple[ServedPage, ...]:
    """Those of `--page PATH[=WEIGHT]`; without any, those of the look that can be asked for as they are.

    BadInput for what is no path, and where there is none.
    """
    asked = dict(map(_asked, words)) or dict.fromkeys(_plain_paths(look, frozenset(left_out)), 1.0)
    if not asked:
        raise BadInput(
            "the look finds no page that can be asked for as it is: without arguments and without a login",
            hint="--page PATH, as often as there are pages",
        )
    names = _names(asked)
    known = {page.path: page for page in reversed(look.pages) if page.path}
    return tuple(
        ServedPage(names[path], path, weight, known.get(path.partition("?")[0])) for path, weight in asked.items()
    )


def _plain_paths(look: ProjectLook, left_out: frozenset[str]) -> list[str]:
    plain = [page for page in look.pages if page.own and page.path and not page.needs_login and not page.streams]
    first = {page.view: page.path for page in reversed(plain) if page.path not in left_out}
    paths = dict.fromkeys(page.path for page in plain if first.get(page.view) == page.path)
    return [quote(path, safe=_AS_IT_IS) for path in paths if path][:MOST_PAGES]


def _asked(words: str) -> tuple[str, float]:
    """`/books/=3`; what follows the last `=` is a weight where it is a number and no part of a query."""
    path, equals, weight = words.rpartition("=")
    share = _number(weight)
    if not equals or share is None or "?" in path:
        path, share = words, 1.0
    if not path.startswith("/") or "#" in path:
        raise BadInput(f"--page {words}: no path", hint="--page PATH[=WEIGHT], such as /books/ or /books/=3")
    if reason := refuse_quantity(share):
        raise BadInput(f"--page {words}: the weight {reason}", hint="a number above 0: how often, among the others")
    return quote(path, safe=_AS_IT_IS), share


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _names(paths: Iterable[str]) -> dict[str, str]:
    """An identifier for each, told apart by numbers where two would be alike."""
    names: dict[str, str] = {}
    taken: set[str] = set(_RESERVED)
    for path in paths:
        words = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"%[0-9A-Fa-f]{2}", "_", path)).strip("_")[:_LONGEST_NAME]
        base = words.rstrip("_") or "root"
        base = f"page_{base}" if base[0].isdigit() or iskeyword(base) else base
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names[path] = name
    return names


def sent_headers(look: ProjectLook, host: str | None = None, more: Sequence[str] = ()) -> dict[str, str]:
    """What each request must say to be let in: a host that the project answers to, and that it came by HTTPS.

    `more`: of `--header "NAME: VALUE"`.
    """
    headers = {"Host": host or allowed_host(look.allowed_hosts)}
    if look.ssl_redirect:
        headers |= _https(look.ssl_header)
    for words in more:
        name, colon, value = words.partition(":")
        if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not value.isprintable():
            raise BadInput(f"--header {words}: no header", hint='"NAME: VALUE", such as "Accept-Language: de"')
        headers[name] = value.strip()
    return headers


def allowed_host(allowed: Sequence[str]) -> str:
    """`localhost` where that will do, else the first that the project names; nothing is allowed under DEBUG alone."""
    if not allowed or any(each in allowed for each in ("*", LOCALHOST)):
        return LOCALHOST
    return allowed[0].lstrip(".")


def _https(header: Sequence[str]) -> Mapping[str, str]:
    """As the proxy before the project says it; servers on this machine believe the usual header."""
    if len(header) == 2:
        return {header[0].removeprefix("HTTP_").replace("_", "-").title(): header[1]}
    return {"X-Forwarded-Proto": "https"}
