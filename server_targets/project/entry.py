"""Into the project as its manage.py goes: its folder and path, its environment, its settings, Django's set-up."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.project.changed_settings import change_settings, silence_telemetry
from asgi_vs_wsgi.server_targets.project.manage_py import run_to_command_line

if TYPE_CHECKING:
    from collections.abc import Callable


def go_to(folder: str) -> None:
    """Be where its manage.py would be: in the folder, which comes first on the path."""
    os.chdir(folder)
    sys.path[:] = [folder, *(entry for entry in sys.path if entry not in ("", folder))]


def choose_settings(request: dict[str, Any], stage: Callable[[str], None]) -> str | None:
    """Run manage.py up to its command line; the settings module that it or the user names is told."""
    stage("manage.py")
    if request["settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    if request["manage_py"]:
        run_to_command_line(request["manage_py"])
        if request["settings"]:
            os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    return os.environ.get("DJANGO_SETTINGS_MODULE")


def set_up(stage: Callable[[str], None], changes: dict[str, Any] | None = None) -> None:
    """Import the settings, change what is to be changed (changed_settings), and set Django up with them."""
    stage("settings")
    if os.environ.get("DJANGO_CONFIGURATION"):
        import configurations  # type: ignore[import-not-found]

        configurations.setup()
    from django.conf import settings

    settings.INSTALLED_APPS  # noqa: B018 - now the module is imported
    if changes is not None:
        change_settings(changes)
    stage("applications")
    import django

    django.setup(set_prefix=False)


def enter_changed(request: dict[str, Any], stage: Callable[[str], None], changes: dict[str, Any]) -> str | None:
    """All of it, with settings changed for this process and telemetry silenced; tells the settings module."""
    go_to(request["folder"])
    silence_telemetry()
    settings_module = choose_settings(request, stage)
    silence_telemetry()
    set_up(stage, changes)
    return settings_module
