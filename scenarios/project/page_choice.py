"""Which pages of a project are asked for: those that the look lists without arguments, and those that pages name.

What changes something by being asked for, as far as its name tells, is left out; so are the admin and tools of
development. What the user names is asked for whatever it is called.

What the user asks of their project, checked: which pages and how often, as whom, and how much they may do.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import refuse_quantity
from asgi_vs_wsgi.scenarios.project.traffic import AS_IT_IS, SeenPost, asked_pages, plain_path
from asgi_vs_wsgi.scenarios.project.trial_result import Allowed, LeftOut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asgi_vs_wsgi.scenarios.project.database_copy import DatabaseCopies
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook, ProjectPage
    from asgi_vs_wsgi.scenarios.project.traffic import Traffic

MOST_OF_A_SHAPE = 3
DEEPEST = 3
_WAYS_BACK = re.compile(r"[?&](?:next|return|return_to|redirect_to|came_from)=")
"""In the address of a login, which is the same page whatever comes after it."""
_CHANGES = frozenset(
    {
        *("logout", "signout", "logoff", "setlang", "impersonate", "hijack", "shutdown", "restart"),
        *("add", "new", "create", "edit", "update", "upload", "import", "restore", "reset", "clear", "flush"),
        *("delete", "remove", "destroy", "purge", "cancel", "revoke", "disable", "deactivate", "activate"),
        *("approve", "confirm", "subscribe", "unsubscribe", "send", "webhook", "webhooks", "callback"),
        *("export", "backup", "download"),
    }
)
_ENDS_SESSIONS = ("logout", "signout", "logoff")
_PAIRS = frozenset({("log", "out"), ("sign", "out"), ("set", "lang"), ("set", "language")})
_TOOLS = {
    "django.contrib.admin.": "the admin",
    "debug_toolbar.": "a tool of development",
    "django_browser_reload.": "a tool of development",
    "silk.": "a tool of development",
    "django.views.static.": "a file",
    "django.contrib.staticfiles.": "a file",
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def reason_by_name(path: str, url_name: str | None, view: str) -> str:
    """Why a page is not asked for, as far as names tell; empty where it may be."""
    for module, what in _TOOLS.items():
        if view.startswith(module):
            return what
    if "admin" in _WORD.findall(path.lower().lstrip("/").partition("/")[0]):
        return "the admin"
    for name in (path.partition("?")[0], (url_name or "").rpartition(":")[2], view.rpartition(".")[2]):
        words = [word.lower() for word in _WORD.findall(name)]
        changes = next((word for word in words if word in _CHANGES), "") or next(
            ("".join(pair) for pair in pairwise(words) if pair in _PAIRS), ""
        )
        if changes:
            return f"its name says that it changes something: {changes}"
    return ""


def listed_pages(look: ProjectLook) -> tuple[list[ProjectPage], list[LeftOut]]:
    """The patterns without arguments that are asked for, one of each path, and those that are not, with the reason."""
    asked: dict[str, ProjectPage] = {}
    left_out: dict[str, LeftOut] = {}
    for page in look.pages:
        if page.path is None or page.path in asked or page.path in left_out:
            continue
        why = reason_by_name(page.path, _own_name(page.url_name, page.kind), page.view)
        if why:
            left_out[page.path] = LeftOut(page.path, page.view, why)
        else:
            asked[page.path] = page
    return list(asked.values()), list(left_out.values())


def _own_name(url_name: str | None, kind: str) -> str | None:
    """The pattern's; django-ninja names one after its first function, which need not be that which answers."""
    return None if kind.endswith("ninja") else url_name


def left_by_name(path: str, named: dict[str, Any] | None) -> LeftOut | None:
    """A page that is not asked for, as far as names tell: its path's, and that of the pattern that answers it."""
    names = (_own_name(named["url_name"], named.get("kind", "")), named["view"]) if named else (None, "")
    why = reason_by_name(plain_path(path), *names)
    if path != plain_path(path) and not any(word in why for word in _ENDS_SESSIONS):
        return None  # who allows writes has posted it in a browser before
    return LeftOut(path, named["view"] if named else "", why) if why else None


def page_of(look: ProjectLook, named: dict[str, Any]) -> ProjectPage | None:
    """The pattern of the look that the URLconf says answers a path."""
    same_view = [page for page in look.pages if page.view == named["view"]]
    return next((page for page in same_view if page.url_name == named["url_name"]), next(iter(same_view), None))


class Crawl:
    """Which of the paths that pages name are asked for next."""

    def __init__(self, asked: list[str], static: list[str]) -> None:
        self._known = dict.fromkeys(asked, "")
        self._static = tuple(url for url in static if url.startswith("/") and url != "/")
        self._shapes: Counter[tuple[Any, ...]] = Counter()
        self.left_out: dict[str, LeftOut] = {}

    def new(self, paths: list[str]) -> list[str]:
        """Those of them that nobody has named before."""
        named = [path.partition("?")[0] if _WAYS_BACK.search(path) else path for path in paths]
        fresh = [path for path in dict.fromkeys(named) if path not in self._known and not self._is_static(path)]
        self._known.update(dict.fromkeys(fresh, ""))
        return fresh

    def _is_static(self, path: str) -> bool:
        return bool(self._static) and path.startswith(self._static)

    def wants(self, path: str, named: dict[str, Any] | None) -> bool:
        """Whether it is asked for: a pattern answers it, its name is harmless, and few of its shape were asked for."""
        if named is None:
            return False
        if left := left_by_name(path, named):
            self.left_out.setdefault(path, left)
            return False
        shape = shape_of(path, named["pattern"], catches_all=named["catches_all"])
        self._shapes[shape] += 1
        return self._shapes[shape] <= MOST_OF_A_SHAPE

    def count(self, path: str, named: dict[str, Any] | None) -> None:
        """It was asked for without being crawled."""
        if named is not None:
            self._shapes[shape_of(path, named["pattern"], catches_all=named["catches_all"])] += 1


def shape_of(path: str, pattern: str, *, catches_all: bool) -> tuple[Any, ...]:
    """What pages have in common that differ in an id: the pattern and the names of a query.

    A pattern that catches all (`<path:…>`, as Wagtail has it) holds a whole site: there it is the section and how deep
    below it, down to where a site might go on for ever.
    """
    plain, _, query = path.partition("?")
    names = tuple(sorted({part.partition("=")[0] for part in query.split("&") if part}))
    if not catches_all:
        return (pattern, names)
    parts = [part for part in plain.split("/") if part]
    return (pattern, names, parts[0] if parts else "", min(len(parts), DEEPEST))


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
    def posts(self) -> Mapping[str, SeenPost]:
        """What is posted, by `POST /path`."""
        return self.traffic.posts if self.traffic else {}

    @property
    def seen(self) -> dict[str, float]:
        """Path to how often the file tells of it, of those that it tells of most often."""
        pages = asked_pages(self.traffic)[:MOST_SEEN] if self.traffic else []
        return {page.path: float(page.asked) for page in pages}


def check_session(asked: Asked, copies: DatabaseCopies) -> None:
    """A session of the user's is written to the database, so that must be a copy."""
    if not asked.user or "default" not in copies.not_copied:
        return
    cookie = "or send a cookie of your own by --header"
    if "default" in copies.read_only:
        why = f"database default is {copies.told['default']}"
        raise BadInput(f"--as {asked.user}: {why}", hint=f"a session must be written: let it be copied, {cookie}")
    if not asked.allowed.writes:
        why = "its session would be written to the project's own database default"
        raise BadInput(f"--as {asked.user}: {why}", hint=f"--allow-writes, {cookie}")


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
