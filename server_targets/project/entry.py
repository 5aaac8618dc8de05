"""Into the project as its manage.py goes: its folder and path, its environment, its settings, Django's set-up.

What the lab and a process in the project say to one another meanwhile goes apart from what the project prints.

What a project's manage.py does before Django's command line begins: environment, sys.path, settings module.

It is run, not parsed: it may read a `.env`, put folders on the path, or choose settings by what it finds there.

Settings of the project that are changed in this process alone, after they were imported and before Django's set-up.

The document of changes is JSON; every part may be left out:

    {"databases": {"default": {"NAME": "/run/copy.sqlite3", "OPTIONS": {…}}}, "settings": {"DEBUG": false},
     "mail_to_memory": true}
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import socket
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _CommandLine(BaseException):
    """manage.py has come to Django's command line. No `except Exception` of theirs may swallow it."""


def run_to_command_line(path: str) -> None:
    """Do what manage.py does, in this process, up to its command line; whatever it raises before is raised."""
    from django.core import management

    def reached(*arguments: Any, **options: Any) -> None:
        raise _CommandLine

    names = ("execute_from_command_line", "call_command")
    real = {name: getattr(management, name) for name in names}
    arguments = sys.argv
    for name in names:
        setattr(management, name, reached)
    sys.argv = [path, "check"]
    try:
        runpy.run_path(path, run_name="__main__")
    except _CommandLine:
        pass
    finally:
        sys.argv = arguments
        for name, function in real.items():
            setattr(management, name, function)


TELEMETRY_OFF = {
    "SENTRY_DSN": "",
    "OTEL_SDK_DISABLED": "true",
    "NEW_RELIC_ENABLED": "false",
    "NEW_RELIC_MONITOR_MODE": "false",
    "DD_TRACE_ENABLED": "false",
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "ELASTIC_APM_ENABLED": "false",
    "SCOUT_MONITOR": "false",
}
"""Variables by which those who report every request to somebody are told to keep still."""
MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def silence_telemetry() -> None:
    """For this process and those that it starts. Before manage.py and again after it, which may read a `.env`."""
    os.environ.update(TELEMETRY_OFF)


def change_settings(changes: dict[str, Any]) -> None:
    """Import the settings, and change what the document names; of a database what is not named stays as it was."""
    from django.conf import settings

    databases = settings.DATABASES
    for alias, database in changes.get("databases", {}).items():
        for name, value in database.items():
            is_added = isinstance(value, dict) and isinstance(databases[alias].get(name), dict)
            databases[alias][name] = {**databases[alias][name], **value} if is_added else value
    for name, value in changes.get("settings", {}).items():
        setattr(settings, name, value)
    if changes.get("mail_to_memory"):
        _send_mail_to_memory(settings)


def _send_mail_to_memory(settings: Any) -> None:
    """Django 6.1 knows mailers, and where a project names them the old setting may not be set."""
    mailers = getattr(settings, "MAILERS", None)
    if mailers is not None:
        settings.MAILERS = {key: {"BACKEND": MAIL_BACKEND} for key in mailers}
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the old setting, and a project may take warnings for errors
        settings.EMAIL_BACKEND = MAIL_BACKEND


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


class Lab:
    """The lab, at the other end of a socket: JSON both ways, a line each."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._stream = socket.socket(fileno=descriptor)

    def send(self, message: dict[str, Any]) -> None:
        """Names of files need not be Unicode; half a sign is one that no reader takes."""
        line = json.dumps(message, default=str, ensure_ascii=False).encode(errors="replace")
        self._stream.sendall(line + b"\n")

    def stage(self, name: str) -> None:
        """What is done from now on."""
        self.send({"stage": name})

    def lines(self) -> Iterator[dict[str, Any]]:
        """What it says, until it says no more."""
        pending = b""
        while data := self._stream.recv(1 << 16):
            *lines, pending = (pending + data).split(b"\n")
            yield from map(json.loads, lines)


def end_at_once() -> None:
    """Without what a project does at its end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # theirs may have put anything there
            stream.flush()
    os._exit(0)
