"""Where a user's runs are kept, and whether they are."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

NO_KEEP = "ASGI_VS_WSGI_NO_KEEP"
"""Set in the environment to anything, nothing is kept: what `--no-keep` says for one command."""


def users_shelf() -> Path:
    """It need not exist."""
    return user_data_path("asgi-vs-wsgi-tui", appauthor=False) / "runs"


def shelf_for(*, keep: bool) -> Path | None:
    """The folder to keep runs in; None where the user wants none kept, or has no home to keep them in."""
    folder = users_shelf()
    return folder if keep and not os.environ.get(NO_KEEP) and folder.is_absolute() else None
