"""Writes a starter scenario folder that runs as it is."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.scenario_files.reader import SLUG
from asgi_vs_wsgi.scenarios.storage.atomic_write import way_out

STARTER = Path(__file__).parents[1] / "starter"
FILES = ("scenario.toml", "views.py", "lesson.md")


def new_folder(name: str, directory: Path) -> Path:
    """`directory/name`, whole or not at all; BadInput where the name will not do, or something is there already."""
    if not SLUG.fullmatch(name):
        raise BadInput(f"new: `{name}` is no name for a scenario", hint="use letters, digits, `-` and `_`")
    if not directory.is_dir():
        raise BadInput(f"new: {directory} is no folder", hint="make it first, or name another with --scenarios")
    folder = directory / name
    try:
        if os.path.lexists(folder):
            raise BadInput(f"new: {folder} is there already", hint="choose another name")
        _write(folder)
    except OSError as error:
        hint = way_out(error, "choose another place")
        raise BadInput(f"new: {folder} could not be written: {error.strerror}", hint=hint) from None
    return folder


def _write(folder: Path) -> None:
    """A neighbour is filled first and then takes the name."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".asgi-vs-wsgi-new-") as neighbour:
        filled = Path(neighbour) / folder.name
        filled.mkdir()
        for file in FILES:
            shutil.copyfile(STARTER / file, filled / file)
        toml = filled / "scenario.toml"
        text = toml.read_text(encoding="utf-8").replace('"Starter"', f'"{_title(folder.name)}"')
        toml.write_text(text, encoding="utf-8")
        filled.rename(folder)


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()
