"""What a user has chosen and should not have to choose again: the theme. Kept in the user's configuration directory."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
from msgspec import Struct

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.atomic_write import write_whole
from asgi_vs_wsgi.scenarios.storage.user_directories import config_directory


class Preferences(Struct, frozen=True):
    """Nothing chosen is None."""

    theme: str | None = None


def _file() -> Path | None:
    directory = config_directory()
    return directory / "preferences.json" if directory else None


def read_preferences() -> Preferences:
    """Nothing is chosen where the file is missing or cannot be read."""
    file = _file()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Preferences) if file else Preferences()
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return Preferences()


def keep_preferences(preferences: Preferences) -> None:
    """A home that cannot be written to, or none: they last as long as the program."""
    if file := _file():
        with contextlib.suppress(OSError, BadInput):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, msgspec.json.encode(preferences))
