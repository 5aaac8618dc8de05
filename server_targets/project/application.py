"""The project's own WSGI or ASGI application, as a look finds it: what the workers of a run serve.

    asgi_vs_wsgi.server_targets.project.application:wsgi      or :asgi

The project is entered as its manage.py goes, with the settings changed that the worker's configuration names. The
application is made when it is asked for: importing this does nothing.
"""

from __future__ import annotations

from typing import Any

from asgi_vs_wsgi.server_targets.project.applications import DJANGOS, find_application
from asgi_vs_wsgi.server_targets.project.entry import enter_changed
from asgi_vs_wsgi.server_targets.worker_config import NotStarted, worker_config


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
    settings_module = enter_changed(request, lambda stage: None, project.changes)
    _, application = find_application(interface, settings_module or "")
    return application
