"""SQLite in the run's own folder. A connection is an open file, which the kernel shows (proc(5), /proc/pid/fd)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


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
