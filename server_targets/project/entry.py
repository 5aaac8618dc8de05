"""Into the project as its manage.py goes: its folder and path, its environment, its settings, Django's set-up.

What the lab and a process in the project say to one another meanwhile goes apart from what the project prints.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.project.changed_settings import change_settings, silence_telemetry
from asgi_vs_wsgi.server_targets.project.manage_py import run_to_command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
