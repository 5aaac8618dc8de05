"""Where a project lies and which Python is its own, from what the user has said and what the folder shows."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANAGE_PY = "manage.py"
_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_SKIPPED = frozenset({"node_modules", "site-packages", "tests", "docs", *_ENVIRONMENTS})
_DEEPEST = 2
"""Folders below the one that was named, in which a manage.py is looked for."""
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ProjectLocation:
    """A project that has been found, and not yet been looked at."""

    folder: Path
    """That of its manage.py; what it imports first."""
    manage_py: Path | None
    settings: str
    """The module that the user has named, or nothing."""
    python: str
    python_from: str
    """Why that one, for people: `--python`, `VIRTUAL_ENV`, `.venv beside manage.py`, `this program's own`."""


def find_project(
    path: str, settings: str | None = None, python: str | None = None, environment: Mapping[str, str] = os.environ
) -> ProjectLocation:
    """BadInput in one line where there is none, or more than one."""
    named = Path(path).expanduser().absolute()
    if ".." in named.parts:
        named = named.resolve()  # the project's files are told from others' by how their names begin
    if not named.exists():
        raise BadInput(f"{path}: no such folder", hint="the folder of a Django project, which holds its manage.py")
    manage_py = (
        named
        if named.name == MANAGE_PY and named.is_file()
        else _manage_py(named, settings or environment.get("DJANGO_SETTINGS_MODULE"))
    )
    folder = manage_py.parent if manage_py else named
    found, why = _python(folder, python, environment)
    return ProjectLocation(folder, manage_py, settings or "", found, why)


def _manage_py(named: Path, settings: str | None) -> Path | None:
    if not named.is_dir():
        raise BadInput(f"{named} is no folder and no manage.py", hint="the folder of a Django project")
    found = list(_all_manage_py(named))
    if len(found) == 1 or (found and found[0].parent == named):
        return found[0]
    if found:
        names = [str(each.parent.relative_to(named)) for each in found[:_MOST_NAMED]]
        raise BadInput(f"{named} holds several projects: {listed(names)}", hint="name one of them")
    if settings:
        return None
    raise BadInput(
        f"{named}: no manage.py, and no settings are named",
        hint="the folder of a Django project, or --settings MODULE for one without manage.py",
    )


def _all_manage_py(folder: Path, depth: int = 0) -> Iterator[Path]:
    """The folder's own first; those of folders below it only where it has none."""
    if (own := folder / MANAGE_PY).is_file():
        yield own
        return
    if depth == _DEEPEST:
        return
    try:
        below = sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink())
    except OSError as error:
        if not depth:
            raise BadInput(f"{folder}: {error.strerror}", hint="a folder that can be read") from None
        return
    for each in below:
        if each.name not in _SKIPPED and not each.name.startswith("."):
            yield from _all_manage_py(each, depth + 1)


def _python(folder: Path, said: str | None, environment: Mapping[str, str]) -> tuple[str, str]:
    from asgi_vs_wsgi.server_targets.processes.interpreter import find_python

    if said:
        found = Path(find_python(said, Path()))
        if found.is_dir():
            found = _program(found.absolute()) or found  # it is run from elsewhere
        return str(found), "--python"
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        there = environment.get(variable)
        if there and not _is_ours(Path(there)) and (program := _program(Path(there))):
            return str(program), variable
    for above in (folder, *folder.parents):
        for name in _ENVIRONMENTS:
            if program := _program(above / name):
                beside = "beside manage.py" if above == folder else f"in {above}"
                return str(program), f"{name} {beside}"
        if (above / ".git").exists():
            break
    return sys.executable, "this program's own"


def _program(environment: Path) -> Path | None:
    program = environment / "bin" / "python"
    return program if program.is_file() else None


def _is_ours(environment: Path) -> bool:
    return environment.resolve() == Path(sys.prefix).resolve()
