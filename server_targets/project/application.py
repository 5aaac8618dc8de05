"""The project's own WSGI or ASGI application: where it is, or what Django makes where there is none.

    asgi_vs_wsgi.server_targets.project.application:wsgi      or :asgi

A look finds it, and the workers of a run serve it. The project is entered as its manage.py goes, with the settings
changed that the worker's configuration names. The application is made when it is asked for: an import does nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from asgi_vs_wsgi.server_targets.project.entry import enter_changed
from asgi_vs_wsgi.server_targets.worker_config import NotStarted, worker_config

DJANGOS = {
    "wsgi": "django.core.wsgi:get_wsgi_application()",
    "asgi": "django.core.asgi:get_asgi_application()",
}


def find_application(interface: str, settings_module: str, named: str = "") -> tuple[str, Any]:
    """Where it was found, as `module:name`, and the application.

    In this order: `named` (the user's word), the setting, then `wsgi.py` or `asgi.py` beside the other one's, beside
    the settings or at the top; where there is no such module, what Django makes. What a module raises is raised.
    """
    for module, name in _candidates(interface, settings_module, named):
        try:
            application = getattr(import_module(module), name)
        except ModuleNotFoundError as missing:
            if named or not _is_the_module(module, missing.name):
                raise
            continue
        return f"{module}:{name}", application
    module, _, function = DJANGOS[interface].partition(":")
    return DJANGOS[interface], getattr(import_module(module), function[:-2])()


def _candidates(interface: str, settings_module: str, named: str) -> list[tuple[str, str]]:
    from django.conf import settings

    said = named or getattr(settings, f"{interface.upper()}_APPLICATION", None)
    if said:
        module, _, name = said.replace(":", ".").rpartition(".")
        return [(module, name)]
    other = getattr(settings, "WSGI_APPLICATION" if interface == "asgi" else "ASGI_APPLICATION", None) or ""
    beside = other.rpartition(".")[0].rpartition(".")[0]
    parents = [settings_module.rpartition(".")[0], settings_module.partition(".")[0]]
    packages = dict.fromkeys([beside, *parents, ""])
    modules = [f"{package}.{interface}" if package else interface for package in packages]
    return [(module, "application") for module in modules if module != settings_module]


def _is_the_module(module: str, missing: str | None) -> bool:
    """Whether it is the module itself, or a package above it, that is not there."""
    return missing is not None and f"{module}.".startswith(f"{missing}.")


def __getattr__(name: str) -> Any:
    """`wsgi` or `asgi`, made anew."""
    if name not in DJANGOS:
        raise AttributeError(name)
    return application_of(name)


def application_of(interface: str) -> Any:
    """Whatever the project raises on the way is raised."""
    project = worker_config().project
    if project is None:
        raise NotStarted("this worker was told of no project")
    request = {"folder": project.folder, "manage_py": project.manage_py, "settings": project.settings}
    os.environ["PGAPPNAME"] = f"asgi-vs-wsgi {os.getpid()}"  # by which PostgreSQL tells whose a connection is
    settings_module = enter_changed(request, lambda stage: None, project.changes)
    _, application = find_application(interface, settings_module or "")
    return application
