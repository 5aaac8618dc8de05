"""What a user has chosen and should not have to choose again: the theme. Kept in the user's configuration directory."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
from msgspec import Struct
from platformdirs import user_config_path

from scenarios.errors import BadInput
from scenarios.whole_file import write_whole


class Preferences(Struct, frozen=True):
    """Nothing chosen is None."""

    theme: str | None = None


def _file() -> Path:
    return user_config_path("asgi-vs-wsgi-tui", appauthor=False) / "preferences.json"


def read_preferences() -> Preferences:
    """Nothing is chosen where the file is missing or cannot be read."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=Preferences)
    except (OSError, msgspec.DecodeError):
        return Preferences()


def keep_preferences(preferences: Preferences) -> None:
    """A home that cannot be written to: they last as long as the program."""
    with contextlib.suppress(OSError, BadInput):
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_whole(_file(), msgspec.json.encode(preferences))
