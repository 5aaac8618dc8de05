"""The project's WSGI application in its own interpreter, asked for one page at a time; no server, no port.

    … trial:main FD

Through the descriptor FD, a socket, go JSON lines, apart from what the project prints. The lab's first line says what
is tried (`folder`, `manage_py`, `settings`, `run_folder`, `changes`, `allow_network`, `allow_writes`, `host`); it is
answered by a `{"stage": …}` as each begins, then `{"ready": …}` or `{"error": …}`. Each further line is a question:

    {"visit": {"path", "method", "headers", "body",
               "within_s"}}                                {"visited": {…}}
    {"token": {"pages", "headers"}}                        {"token": {"cookies", "header", "value", "page"} or null}
    {"sign_in": "USER"}                                    {"signed_in": {"cookie": …}} or {"error": …}
    {"name": ["POST /path", …]}                             {"named": [{…} or null, …]}

The end of the lines ends the process at once, without what a project does at its end.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from typing import Any

from asgi_vs_wsgi.server_targets.project.application import find_application
from asgi_vs_wsgi.server_targets.project.csrf import new_token
from asgi_vs_wsgi.server_targets.project.effects import UNHEARD, Effects
from asgi_vs_wsgi.server_targets.project.entry import Lab, end_at_once, enter_changed
from asgi_vs_wsgi.server_targets.project.visit import Made, Visitor, same_host, view_at

_WORDS = 4_000


def main() -> None:
    """Answer until nobody asks."""
    lab = Lab(int(sys.argv[1]))
    lines = lab.lines()
    try:
        trial = _Trial(next(lines), lab)
        lab.send({"ready": trial.ready()})
        for question in lines:
            lab.send(trial.answer(question))
    except BaseException as error:  # noqa: BLE001 - theirs may raise anything, SystemExit too
        with contextlib.suppress(OSError):  # nobody asks any more
            lab.send({"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()[-_WORDS:]})
    end_at_once()


class _Trial:
    """The application and who listens to it."""

    def __init__(self, request: dict[str, Any], lab: Lab) -> None:
        self._settings = enter_changed(request, lab.stage, request["changes"]) or ""
        self._effects = Effects(
            request["folder"],
            request["run_folder"],
            allow_network=request["allow_network"],
            allow_writes=request["allow_writes"],
        )
        lab.stage("databases")
        self._without_migrations = _migrations_missing()
        lab.stage("wsgi")
        made = Made()
        made.watch()
        _, application = find_application("wsgi", self._settings)
        self._visitor = Visitor(application, request["folder"], made)
        self._host = request["host"] or _allowed_host()
        self._effects.guard()

    def ready(self) -> dict[str, Any]:
        """What the lab needs to know before it asks."""
        from django.conf import settings
        from django.shortcuts import resolve_url

        login = str(settings.LOGIN_URL)
        with contextlib.suppress(Exception):  # its name may be of no pattern
            login = resolve_url(settings.LOGIN_URL)
        return {
            "host": self._host,
            "login": login,
            "static": [str(url) for url in (settings.STATIC_URL, settings.MEDIA_URL) if url],
            "sessions": _sessions_table(),
            "migrations_missing": self._without_migrations,
            "unheard": [name for name in UNHEARD if name in sys.modules],
        }

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """To one line of the lab's."""
        if "visit" in question:
            return {"visited": self._visited(question["visit"])}
        if "name" in question:
            return {"named": [view_at(path) for path in question["name"]]}
        if "token" in question:
            self._effects.begin()
            return {"token": new_token(self._visitor, **question["token"])}
        try:
            return {"signed_in": {"cookie": _session_cookie(question["sign_in"])}}
        except _NobodyError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - their user model and session store may raise anything
            return {"error": f"{type(error).__name__}: {error}"}

    def _visited(self, asked: dict[str, Any]) -> dict[str, Any]:
        from django.core import mail

        before = len(getattr(mail, "outbox", ()))
        self._effects.begin()
        told = self._visitor.visit(asked)
        told["effects"] = self._effects.end()
        told["mails"] = len(getattr(mail, "outbox", ())) - before
        told["location_here"] = same_host([told["location"]], f"//{self._host}{asked['path']}", self._host)
        return told


def _migrations_missing() -> list[int]:
    """How many are not applied to the database `default`, and how many there are; none where nothing is missing.

    All databases are connected to: an error tells where one cannot be reached.
    """
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    for connection in connections.all():
        if connection.vendor != "unknown":
            connection.ensure_connection()
    with contextlib.suppress(Exception):  # a history that contradicts itself is no matter here
        executor = MigrationExecutor(connections["default"])
        graph = executor.loader.graph
        missing = len(executor.migration_plan(graph.leaf_nodes()))
        return [missing, len(graph.nodes)] if missing else []
    return []


def _allowed_host() -> str:
    """One that the project answers to, and this machine's own where it may be."""
    from django.conf import settings
    from django.http.request import validate_host

    allowed = list(settings.ALLOWED_HOSTS)
    here = next((host for host in ("localhost", "127.0.0.1") if validate_host(host, allowed)), "")
    return here or (str(allowed[0]).lstrip(".") if allowed else "localhost")


def _sessions_table() -> str:
    """Where every visitor without a cookie may leave a row; empty where sessions are kept elsewhere."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.sessions"):
        return ""
    return str(apps.get_model("sessions", "Session")._meta.db_table)


class _NobodyError(Exception):
    """There is nobody to sign in."""


def _session_cookie(user_name: str) -> str:
    """A session of that user, as the project's own login would make it."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib import auth

    user = _user(user_name)
    backends = settings.AUTHENTICATION_BACKENDS
    backend = next((path for path in backends if _knows(auth.load_backend(path), user)), None)
    if backend is None:
        raise _NobodyError("no backend of AUTHENTICATION_BACKENDS finds that user")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[auth.SESSION_KEY] = user._meta.pk.value_to_string(user)
    session[auth.BACKEND_SESSION_KEY] = backend
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _user(name: str) -> Any:
    from django.contrib.auth import get_user_model

    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(name)  # type: ignore[attr-defined]
    except model.DoesNotExist:
        raise _NobodyError(f"there is no user whose {model.USERNAME_FIELD} is {name}") from None


def _knows(backend: Any, user: Any) -> bool:
    try:
        return backend.get_user(user.pk) is not None
    except Exception:  # noqa: BLE001 - one that logs nobody in
        return False
