"""The Python files of a scenario: read once, looked through for views without being imported, laid out for servers.

Servers import these texts from the run's own folder, never from the user's, which may be edited or removed while it
runs: what is measured, shown and saved is one text. Files of other kinds (data, templates) are reached by links.
"""

from __future__ import annotations

import ast
import io
import os
import tokenize
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest
from asgi_vs_wsgi.server_targets.site.refused_settings import refused, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario, Target

VIEWS = "views.py"
SETTINGS = "settings.py"
STARTUP = "startup.py"
HOOKS = ("startup", "lifespan")
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


def view_faults(source: bytes, targets: Iterable[Target]) -> Iterator[Problem]:
    """Whether `source` is Python and defines the view of every target."""
    try:
        names = defined_names(source)
    except SyntaxError as error:
        yield Problem(f"line {error.lineno or 1}", f"not Python: {error.msg}", "a module with the views")
        return
    for target in targets:
        for view in (target.view, *target.views.values()):
            if view not in names:
                yield Problem(view, f"a view of target `{target.name}` is not defined here", suggest(view, names))


def settings_faults(source: bytes) -> Iterator[Problem]:
    """What a settings.py says that is the lab's to say, or that it is not Python."""
    try:
        given = settings_in(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield _no_python(error, "a module with settings of Django")
        return
    for name, reason in refused(given):
        yield Problem(f"line {given[name]}", f"{name} is not the scenario's to set", reason)


def startup_faults(source: bytes) -> Iterator[Problem]:
    """What of a startup.py could never be called."""
    try:
        tree = _tree(source)
    except SyntaxError as error:
        yield _no_python(error, "a module with `startup` or `lifespan`")
        return
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    if isinstance(functions.get(HOOKS[0]), ast.AsyncFunctionDef):
        where = f"line {functions[HOOKS[0]].lineno}"
        yield Problem(where, "`startup` is a coroutine, which nobody awaits", "a plain `def`; what awaits: `lifespan`")
    if not {name for each in tree.body for name in _names(each)} & {*HOOKS}:
        yield Problem(
            "", "it defines none of what is called", "`def startup():`, or `async def lifespan():` with a yield"
        )


def _no_python(error: Exception, right: str) -> Problem:
    line = getattr(error, "lineno", None) or 1
    return Problem(f"line {line}", f"not Python: {getattr(error, 'msg', None) or error}", right)


def source_text(source: bytes) -> str:
    """The text as Python reads it: in the encoding that it declares (PEP 263), with `\\n` at the end of every line."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding, errors="replace")
    except (SyntaxError, LookupError):  # such a file is refused (`view_faults`); this is for whoever looks at it
        text = source.decode("utf-8-sig", errors="replace")
    return _encodable(text.replace("\r\n", "\n").replace("\r", "\n"))


def _encodable(text: str) -> str:
    """Some codecs (UTF-7) give halves of signs, which no file or terminal takes."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def defined_names(source: bytes) -> set[str]:
    """The names that a module defines at its top level; SyntaxError where it is not Python."""
    return {name for statement in _tree(source).body for name in _names(statement)}


def _tree(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape in a text: not ours to judge
        try:
            return ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:  # a zero byte; brackets thousands deep
            raise SyntaxError(str(error) or "too deeply nested") from None


def _names(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            yield name
