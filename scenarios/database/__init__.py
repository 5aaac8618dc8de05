"""The database behind the views: SQLite in the run's folder, or a PostgreSQL of the user's with a database of our own.

A run makes it, counts the connections that the workers hold open where the database itself knows of them, and
drops it.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.database.url import DatabaseUrl


class SqliteDatabase:
    """One file, made when it is first written to, gone with the folder."""

    vendor = "sqlite"

    def __init__(self, file: Path) -> None:
        self._file = str(file)

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings of the connection."""
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": self._file}

    async def open_connections(self, pids: list[int]) -> dict[int, int]:
        """How many times each worker has the file open: each connection opens it once."""
        return {pid: self._opened_by(pid) for pid in pids}

    def _opened_by(self, pid: int) -> int:
        count = 0
        try:
            for descriptor in os.scandir(f"/proc/{pid}/fd"):
                count += _target(descriptor.path) == self._file
        except OSError:
            return 0  # it has ended
        return count


def _target(descriptor: str) -> str:
    try:
        return os.readlink(descriptor)  # noqa: PTH115 - many, twenty times a second
    except OSError:
        return ""


class Database(Protocol):
    """What the fleet and the rounds need of it."""

    vendor: str

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings of the connection; a target's own are added to them."""

    async def open_connections(self, pids: list[int]) -> dict[int, int]:
        """How many connections each of these workers holds open now."""


def target_settings(database: Database, own: Mapping[str, Any]) -> dict[str, Any]:
    """Ours with a target's own; its OPTIONS are added to those that lead to the server."""
    ours, theirs = database.settings, dict(own)
    if isinstance(theirs.get("OPTIONS"), dict):
        theirs["OPTIONS"] = {**ours.get("OPTIONS", {}), **theirs["OPTIONS"]}
    return {**ours, **theirs}


@asynccontextmanager
async def run_database(url: DatabaseUrl | None, folder: Path) -> AsyncIterator[Database]:
    """The database of one run; BadInput where the server cannot be reached or refuses."""
    if url is None:
        yield SqliteDatabase(folder / "site.sqlite3")
        return
    # psycopg takes 100 ms to import, where it is installed
    from asgi_vs_wsgi.scenarios.database.postgres import postgres_database

    async with postgres_database(url) as database:
        yield database
