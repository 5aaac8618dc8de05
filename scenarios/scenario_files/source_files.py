"""The Python files of a scenario: read once with its other files, and laid out for the servers when it runs.

Servers import these texts from the run's own folder, never from the user's, which may be edited or removed while it
runs: what is measured, shown and saved is one text. Files of other kinds (data, templates) are reached by links.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from asgi_vs_wsgi.scenarios.model.scenario import Scenario

VIEWS = "views.py"
MOST_FILES, MOST_BYTES = 200, 4_000_000
"""Beside views.py; a folder with more than that is no scenario's, and what is beyond is reached by links."""
_CACHE = "__pycache__"


def read_source_files(folder: Path, views: bytes) -> dict[str, bytes]:
    """`views`, the modules beside it and those of packages, by their paths in the folder."""
    files, left = {VIEWS: views}, MOST_BYTES
    for path in _modules(folder, ""):
        if path == VIEWS:
            continue
        with suppress(OSError):
            left -= (folder / path).stat().st_size
            if left < 0 or len(files) > MOST_FILES:
                break
            files[path] = (folder / path).read_bytes()
    return files


def _modules(folder: Path, below: str) -> Iterator[str]:
    for entry in _entries(folder):
        path = f"{below}{entry.name}"
        if entry.name.endswith(".py") and entry.is_file():
            yield path
        elif entry.is_dir(follow_symlinks=False) and (folder / entry.name / "__init__.py").is_file():
            yield from _modules(folder / entry.name, f"{path}/")


def lay_out(scenario: Scenario, into: Path) -> Path:
    """Write the texts that were read into a new folder, and link what else lies beside them; returns the folder."""
    into.mkdir(mode=0o700)
    for path, source in scenario.modules.items():
        file = into / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source)
    _link_others(scenario.folder.absolute(), into)
    return into


def _link_others(folder: Path, into: Path) -> None:
    """What was written stays; a package is gone through, so that its data is there too."""
    for entry in _entries(folder):
        place = into / entry.name
        if place.is_dir():
            _link_others(folder / entry.name, place)
        elif entry.name != _CACHE and not place.exists():
            place.symlink_to(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Nothing where the folder is gone or may not be read: what was read of it before is enough to run."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
