"""One look at a project from its import alone, in its own interpreter: nothing is served, and no request is made.

    … look:main FD

A JSON line comes from the descriptor FD, a socket, that says what is looked at (`folder`, `manage_py`, `settings`,
`wsgi`, `asgi`). JSON lines go there, apart from what the project prints: `{"stage": …}` as each begins, and last
`{"found": …}`, with the words of the error where one has ended it. Then the process ends at once, without what a
project does at its end.
"""

from __future__ import annotations

import os
import platform
import sys
import threading
import traceback
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.project.effects import WrittenFiles
from asgi_vs_wsgi.server_targets.project.entry import Lab, choose_settings, end_at_once, go_to, set_up
from asgi_vs_wsgi.server_targets.project.own_code import called_by_django, own_files, templates
from asgi_vs_wsgi.server_targets.project.url_patterns import is_own

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.server_targets.project.middleware_chain import Chain
    from asgi_vs_wsgi.server_targets.project.url_patterns import Page

PRODUCTS = (
    *("django", "asgiref", "gunicorn", "uvicorn", "granian", "hypercorn", "daphne", "waitress", "gevent", "uvloop"),
    *(
        "httptools",
        "h11",
        "channels",
        "djangorestframework",
        "django-ninja",
        "whitenoise",
        "django-debug-toolbar",
        "psycopg",
    ),
    *("psycopg2", "psycopg2-binary", "mysqlclient", "celery", "redis", "django-redis"),
)
WATCHERS = ("sentry_sdk", "opentelemetry", "newrelic", "ddtrace", "elasticapm", "scout_apm")
"""What sends reports of every request to somebody, once it is imported."""
_OF_DATABASES = ("ENGINE", "NAME", "HOST", "PORT", "CONN_MAX_AGE", "ATOMIC_REQUESTS")
"""What of a database is told: no user and no password."""
_OF_LOGINS = ("USER", "PASSWORD", "OPTIONS")
"""What the lab needs to copy a database, and tells nobody."""
_WORDS = 4_000
"""Characters of a traceback's end that are told."""


def main() -> None:
    """The document, whatever happens, then the end."""
    lab = Lab(int(sys.argv[1]))
    request = next(lab.lines())
    found: dict[str, Any] = {}
    try:
        _look(request, found, lab.stage)
    except BaseException as error:  # noqa: BLE001 - theirs may raise anything, SystemExit too
        found["error"] = f"{type(error).__name__}: {error}"
        found["traceback"] = traceback.format_exc()[-_WORDS:]
    lab.send({"found": found})
    end_at_once()


def _look(request: dict[str, Any], found: dict[str, Any], stage: Callable[[str], None]) -> None:
    found["python"] = platform.python_version()
    found["gil"] = getattr(sys, "_is_gil_enabled", lambda: True)()
    found["versions"] = {name: installed for name in PRODUCTS if (installed := _version(name))}
    go_to(request["folder"])
    written = WrittenFiles()
    found["settings"] = choose_settings(request, stage)
    set_up(stage)
    _tell_settings(found)
    _tell_pages(request["folder"], found, stage)
    _tell_applications(request, found, stage)
    found["threads"] = sorted(each.name for each in threading.enumerate() if each is not threading.main_thread())
    found["watchers"] = [name for name in WATCHERS if name in sys.modules]
    found["files_written"] = written.end()
    _tell_sources(request["folder"], found)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _tell_settings(found: dict[str, Any]) -> None:
    from django.conf import settings

    found["debug"] = bool(settings.DEBUG)
    found["allowed_hosts"] = [host for host in settings.ALLOWED_HOSTS if isinstance(host, str)]
    found["ssl_redirect"] = bool(settings.SECURE_SSL_REDIRECT)
    found["ssl_header"] = list(settings.SECURE_PROXY_SSL_HEADER or ())
    found["databases"] = {
        alias: {"vendor": _vendor(alias), **{name.lower(): database.get(name) for name in _OF_DATABASES}}
        for alias, database in settings.DATABASES.items()
    }
    found["logins"] = {
        alias: {name.lower(): database.get(name) for name in _OF_LOGINS}
        for alias, database in settings.DATABASES.items()
    }
    found["caches"] = {alias: cache.get("BACKEND") for alias, cache in settings.CACHES.items()}


def _vendor(alias: str) -> str | None:
    """What is behind the engine, which may be a wrapper of theirs; nothing is connected to."""
    from django.db import connections

    try:
        return str(connections[alias].vendor)
    except Exception:  # noqa: BLE001 - an engine that does not import is told when it is used
        return None


def _tell_pages(folder: str, found: dict[str, Any], stage: Callable[[str], None]) -> None:
    from asgi_vs_wsgi.server_targets.project.middleware_chain import build_chain
    from asgi_vs_wsgi.server_targets.project.url_patterns import pages

    stage("middleware")
    chain = build_chain()
    found["middleware"] = chain.told()
    found["hops_counted"] = chain.counted
    stage("urls")
    found["pages"] = [_told(page, chain, folder) for page in pages()]


def _told(page: Page, chain: Chain, folder: str) -> dict[str, Any]:
    view = page.view
    return {
        "path": page.path,
        "pattern": page.pattern,
        "url_name": page.name,
        "view": view.name,
        "kind": view.kind,
        "is_async": view.is_async,
        "streams": view.streams,
        "needs_login": view.needs_login,
        "file": os.path.normpath(view.file) if view.file else "",
        "line": view.line,
        "own": is_own(view.file, folder),
        "hops_forecast": chain.hops(view.is_async, view.template_response),
        "hops_by_name": chain.hops_by_name(view.is_async, view.template_response),
    }


def _tell_sources(folder: str, found: dict[str, Any]) -> None:
    from django.conf import settings

    called = list(called_by_django())
    found["sources"] = {
        **own_files(folder),
        **templates(),
        "called": called,
        "session_engine": settings.SESSION_ENGINE,
    }


def _tell_applications(request: dict[str, Any], found: dict[str, Any], stage: Callable[[str], None]) -> None:
    from asgi_vs_wsgi.server_targets.project.application import find_application

    for interface in ("wsgi", "asgi"):
        stage(interface)
        where, _ = find_application(interface, found["settings"] or "", request.get(interface, ""))
        found[interface] = where
