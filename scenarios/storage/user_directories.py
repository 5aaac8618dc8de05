"""A user's own directories (XDG): None where there is no home, as for a uid without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platformdirs import user_config_path, user_data_path

from asgi_vs_wsgi import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path


NO_HOME = "there is no home directory"


SET_ONE = "set HOME, or XDG_DATA_HOME and XDG_CONFIG_HOME, to a directory of yours"


def config_directory() -> Path | None:
    """For preferences and the user's own scenarios; it need not exist."""
    try:
        return _absolute(user_config_path(PROGRAM, appauthor=False))
    except RuntimeError:  # platformdirs, of a home that is not known
        return None


def data_directory() -> Path | None:
    """For recent runs and answers; it need not exist."""
    try:
        return _absolute(user_data_path(PROGRAM, appauthor=False))
    except RuntimeError:
        return None


def is_directory(path: Path) -> bool:
    """Whether it can be seen to be one: behind a closed door (`sudo -u` keeps another's HOME) there is none for us."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _absolute(path: Path) -> Path | None:
    """Earlier versions of platformdirs leave a `~` that they cannot resolve, or a relative XDG path, as it is."""
    return path if path.is_absolute() else None
