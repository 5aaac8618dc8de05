"""Where a user's runs are kept, and whether they are."""

from __future__ import annotations

import os
from pathlib import Path

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.user_directories import NO_HOME, SET_ONE, data_directory

NO_KEEP = "ASGI_VS_WSGI_NO_KEEP"
"""Set in the environment to anything, nothing is kept: what `--no-keep` says for one command."""


def users_shelf() -> Path:
    """It need not exist; BadInput where there is no home to keep runs in."""
    directory = data_directory()
    if directory is None:
        raise BadInput(f"{NO_HOME} with recent runs in it", hint=SET_ONE)
    return directory / "runs"


def shelf_for(*, keep: bool) -> Path | None:
    """The folder to keep runs in; None where the user wants none kept, or has no home to keep them in."""
    return users_shelf() if keep and not os.environ.get(NO_KEEP) and data_directory() else None
