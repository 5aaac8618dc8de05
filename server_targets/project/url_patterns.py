"""Every URL pattern of the project: its route, the path where nothing must be guessed, and what answers it.

What answers a URL pattern: its name and place, its kind, and whether it runs on the event loop.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_GENERIC = "django.views.generic.base.TemplateResponseMixin"
_DRF = "rest_framework.views.APIView"
_LOGIN_MIXINS = ("LoginRequiredMixin", "PermissionRequiredMixin", "UserPassesTestMixin")
_LOGIN_FILES = ("django/contrib/auth/decorators.py", "django/contrib/admin/sites.py")
_ADMIN = "django.contrib.admin."
_ADMIN_WITHOUT_TEMPLATE = ("jsi18n", "i18n_javascript", "autocomplete_view", "logout")
_STREAMS = ("StreamingHttpResponse", "FileResponse")
_TEMPLATES = ("TemplateResponse", "SimpleTemplateResponse")
_HANDLERS = ("get", "post", "list", "retrieve")


class View(NamedTuple):
    """Of one pattern."""

    name: str
    """Dotted, as it is imported."""
    kind: str
    """`def`, `async def`, `class`, `async class`, `generic class`, `DRF class`, `ninja` or `async ninja`."""
    is_async: bool
    """Whether Django awaits it on the loop; it runs every other in a thread."""
    template_response: bool
    """Whether its answer is rendered by Django's handler, as far as its class tells, or what its code names."""
    streams: bool
    """Whether its code names an answer that streams."""
    needs_login: bool
    file: str
    """Of its source; empty where there is none."""
    line: int


def view_of(callback: Any, method: str = "GET") -> View:
    """The view below decorators, `as_view` and routers; of several at one path that which answers the method."""
    from asgiref.sync import iscoroutinefunction

    is_async = bool(iscoroutinefunction(callback))
    while isinstance(callback, partial):
        callback = callback.func
    if operations := _ninja_operations(callback, method):
        function = inspect.unwrap(operations[0].view_func)
        names = ", ".join(dict.fromkeys(_dotted(inspect.unwrap(each.view_func)) for each in operations))
        # Beside an async one ninja sends others to a thread by itself.
        is_async = is_async and all(getattr(each, "is_async", True) for each in operations)
        return _view(names, "async ninja" if is_async else "ninja", is_async, False, callback, None, function)
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if inspect.isclass(view):
        bases = {f"{base.__module__}.{base.__qualname__}" for base in view.__mro__}
        kind = "DRF class" if _DRF in bases else "generic class" if _GENERIC in bases else "class"
        kind = f"async {kind}" if is_async else kind
        template = _DRF in bases or _GENERIC in bases
        return _view(_dotted(view), kind, is_async, template, callback, view, _handler(view, callback))
    function = inspect.unwrap(callback)
    name = _dotted(function)
    template = name.startswith(_ADMIN) and name.rpartition(".")[2] not in _ADMIN_WITHOUT_TEMPLATE
    template = template or _names(getattr(function, "__code__", None), _TEMPLATES)
    return _view(name, "async def" if is_async else "def", is_async, template, callback, None, function)


def _view(
    name: str, kind: str, is_async: bool, template: bool, callback: Any, view: type | None, function: Any
) -> View:
    code = getattr(function, "__code__", None)
    file, line = _place(view, code)
    return View(name, kind, is_async, template, _names(code, _STREAMS), _needs_login(callback, view), file, line)


def _names(code: Any, answers: tuple[str, ...]) -> bool:
    """Whether a view's own code names one of them."""
    return code is not None and any(answer in code.co_names for answer in answers)


def _dotted(thing: Any) -> str:
    kind = type(thing)
    module = getattr(thing, "__module__", None) or kind.__module__
    return f"{module}.{getattr(thing, '__qualname__', None) or kind.__qualname__}"


def _place(view: type | None, code: Any) -> tuple[str, int]:
    """A class's own, not that of the library's method that it inherits."""
    if view is not None:
        try:
            return inspect.getsourcefile(view) or "", inspect.getsourcelines(view)[1]
        except (OSError, TypeError):
            pass
    return (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)


def _handler(view: type, callback: Any) -> Any:
    """The method that answers first, for what its code names."""
    actions = getattr(callback, "actions", None) or {}
    names = (*(actions.values() if isinstance(actions, dict) else ()), *_HANDLERS)
    method = next((getattr(view, name) for name in names if hasattr(view, name)), None)
    return inspect.unwrap(method) if callable(method) else None


def _ninja_operations(callback: Any, method: str) -> list[Any]:
    """What is behind a path of django-ninja, which gives Django one of its own; none for others.

    Where none of them answers the method, all.
    """
    try:
        found = inspect.getclosurevars(callback).nonlocals
    except TypeError:
        found = {}
    owners = [getattr(callback, "__self__", None), *found.values()]
    for owner in owners:
        if type(owner).__name__ == "PathView":
            operations = [each for each in getattr(owner, "operations", ()) if getattr(each, "view_func", None)]
            answering = [each for each in operations if method in getattr(each, "methods", ())]
            return answering or operations
    return []


def _needs_login(callback: Any, view: type | None) -> bool:
    """As Django's own mixins and decorators say it."""
    if view is not None and any(base.__name__ in _LOGIN_MIXINS for base in view.__mro__):
        return True
    met: set[int] = set()
    function = callback
    while function is not None and id(function) not in met:
        met.add(id(function))
        code = getattr(function, "__code__", None)
        if code is not None and code.co_filename.replace("\\", "/").endswith(_LOGIN_FILES):
            return True
        function = getattr(function, "__wrapped__", None)
    return False


def is_own(file: str, folder: str) -> bool:
    """Whether it is the project's: an environment may lie in its folder."""
    file = os.path.normpath(file)  # a folder on the path may be named from another
    if not file.startswith(folder + os.sep):
        return False
    in_environment = sys.prefix.startswith(folder + os.sep) and file.startswith(sys.prefix + os.sep)
    return not in_environment and f"{os.sep}site-packages{os.sep}" not in file


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
