"""Every URL pattern of the project: its route, the path where nothing must be guessed, and what answers it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from asgi_vs_wsgi.server_targets.project.views import View, view_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 20_000
"""Patterns that are told; nobody reads more, and a resolver of theirs may make them without end."""


class Page(NamedTuple):
    """One pattern."""

    path: str | None
    """None where the route takes arguments, or cannot be written."""
    pattern: str
    name: str | None
    view: View


def pages() -> Iterator[Page]:
    """In the order of the URLconf, at most MOST."""
    from django.urls import get_resolver

    for number, page in enumerate(_below(get_resolver(), _Route("", True), ()), 1):
        yield page
        if number == MOST:
            return


class _Route(NamedTuple):
    """So far: the text, with `<name>` where an argument stands, and whether it has none and is no guess."""

    text: str
    is_path: bool

    def then(self, other: _Route) -> _Route:
        """With what follows below it."""
        return _Route(self.text + other.text, self.is_path and other.is_path)


def _below(resolver: Any, route: _Route, namespaces: tuple[str, ...]) -> Iterator[Page]:
    from django.urls.resolvers import URLPattern, URLResolver

    for entry in resolver.url_patterns:
        longer = route.then(_route_of(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _below(entry, longer, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        elif isinstance(entry, URLPattern):
            name = ":".join((*namespaces, entry.name)) if entry.name else None
            path = "/" + longer.text.lstrip("/")
            yield Page(path if longer.is_path else None, path, name, view_of(entry.callback))


def _route_of(pattern: Any) -> _Route:
    from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern

    if isinstance(pattern, LocalePrefixPattern):
        return _Route(str(pattern.language_prefix), True)
    if isinstance(pattern, RoutePattern):
        return _Route(str(pattern), not pattern.converters)
    if isinstance(pattern, RegexPattern):
        return _of_regex(str(pattern))
    return _Route(str(pattern), False)


def _of_regex(regex: str) -> _Route:
    """By Django's own reading of it, as `reverse` does: the alternative with the fewest arguments."""
    from django.utils.regex_helper import normalize

    try:
        possible = normalize(regex)
    except Exception:  # noqa: BLE001 - what it cannot read it says in many ways
        possible = []
    readable = [(text, names) for text, names in possible if text is not None]
    if not readable:
        return _Route(regex, False)
    text, names = min(readable, key=lambda each: (len(each[1]), len(each[0])))
    return _Route(re.sub(r"%\((\w+)\)s", r"<\1>", text).replace("%%", "%"), not names)
