"""Which files are the project's own code, and what of it Django calls without a URL: told, not read.

Own is what lies below its folder, and what was imported from neither an environment nor the standard library.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import sysconfig
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_FILES = 5_000
WITHIN_S = 5.0
"""For going through its folder, in which anything may lie."""
_SKIPPED = frozenset({"tests", "test", "migrations", "docs", "node_modules", "site-packages", "__pycache__"})
"""Folders with nothing that answers a request, unless something of theirs has been imported."""
_IS_INSTALLED = re.compile(r"[\\/](?:site|dist)-packages[\\/]")


def own_files(folder: str) -> dict[str, Any]:
    """`files`: path and module of each, those that are loaded first, at most MOST_FILES; `left`: how many more.

    `cut_short`: whether the folder was too large for it.
    """
    folder = os.path.realpath(folder)
    named = dict(sorted(_imported(folder)))
    folders = (path for path in sys.path if os.path.isdir(path))  # noqa: PTH112 - a path of theirs may be anything
    entries = sorted({os.path.realpath(path) for path in folders}, key=len, reverse=True)
    until_s = time.monotonic() + WITHIN_S
    for path in _below(folder, until_s):
        if path not in named:
            named[path] = _module_of(path, entries, folder)
    told = [{"file": path, "module": name} for path, name in list(named.items())[:MOST_FILES]]
    return {"files": told, "left": len(named) - len(told), "cut_short": time.monotonic() > until_s}


def _imported(folder: str) -> Iterator[tuple[str, str]]:
    """What is loaded, and comes neither from an environment nor from the standard library nor from us."""
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120
    libraries = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    foreign = tuple(os.path.realpath(path) + os.sep for path in (ours, *filter(None, libraries)))
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py") or name == "__main__":
            continue
        path = os.path.realpath(file)
        in_folder = path.startswith(folder + os.sep) and not _in_environment(path, folder)
        if in_folder or not (path.startswith(foreign) or _IS_INSTALLED.search(path)):
            yield path, name


def _in_environment(path: str, folder: str) -> bool:
    """Whether it is a library, though it lies below the folder."""
    prefix = os.path.realpath(sys.prefix)
    return bool(_IS_INSTALLED.search(path)) or (prefix.startswith(folder + os.sep) and path.startswith(prefix + os.sep))


def _below(folder: str, until_s: float) -> Iterator[str]:
    """Files of Python below it; folders that are an environment's, hidden or of tests are left out."""
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _SKIPPED
            and not name.startswith(".")
            and not os.path.isfile(os.path.join(above, name, "pyvenv.cfg"))  # noqa: PTH113, PTH118
        )
        for name in files:
            if name.endswith(".py") and not name.startswith(("test_", "conftest.", "tests.")):
                yield os.path.realpath(os.path.join(above, name))  # noqa: PTH118
        if time.monotonic() > until_s:
            return


def _module_of(path: str, entries: list[str], folder: str) -> str:
    """As it would be imported: from the longest entry of the path that it lies below."""
    base = next((entry for entry in entries if path.startswith(entry + os.sep)), folder)
    name = os.path.relpath(path, base)[: -len(".py")].replace(os.sep, ".")
    return name[: -len(".__init__")] if name.endswith(".__init__") else name


def called_by_django() -> Iterator[dict[str, Any]]:
    """Middleware, context processors and signal receivers, each with its place; what has no source is left out."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    for name in settings.MIDDLEWARE:
        yield from _entry("middleware", name, partial(import_string, name), [])
    for engine in settings.TEMPLATES:
        for name in (engine.get("OPTIONS") or {}).get("context_processors") or ():
            yield from _entry("context processor", name, partial(import_string, name), [])
    for names, signal in _signals():
        for receiver in _receivers(signal):
            yield from _entry("receiver", _dotted(receiver), partial(_itself, receiver), names)


def _itself(thing: Any) -> Any:
    return thing


def templates() -> dict[str, Any]:
    """The folders that Django's own engine looks into, in its order, and its libraries of tags with their modules."""
    from django.conf import settings
    from django.template.backends.django import get_installed_libraries
    from django.template.utils import get_app_template_dirs

    folders: list[str] = []
    libraries = dict(get_installed_libraries())
    for engine in settings.TEMPLATES:
        folders += [str(folder) for folder in engine.get("DIRS") or ()]
        libraries.update((engine.get("OPTIONS") or {}).get("libraries") or {})
    folders += [str(folder) for folder in get_app_template_dirs("templates")]
    return {"template_folders": folders, "template_libraries": {str(k): str(v) for k, v in libraries.items()}}


def _signals() -> Iterator[tuple[list[str], Any]]:
    """Those that stand in a loaded module, each once, with every name that it has there."""
    from django.dispatch import Signal

    found: dict[int, tuple[list[str], Any]] = {}
    for module_name, module in list(sys.modules.items()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            # `isinstance` would ask a lazy object for its class, and so make what it stands for
            if issubclass(type(value), Signal):
                found.setdefault(id(value), ([], value))[0].append(f"{module_name}.{name}")
    yield from found.values()


def _receivers(signal: Any) -> Iterator[Any]:
    """Functions and methods; Django keeps them in tuples that grew longer over its versions, most by weak reference."""
    for row in list(getattr(signal, "receivers", ())):
        for part in row[1:]:
            receiver = part() if isinstance(part, weakref.ReferenceType) else part
            if inspect.isroutine(receiver):
                yield receiver


def _entry(role: str, name: str, load: Callable[[], Any], signals: list[str]) -> Iterator[dict[str, Any]]:
    """None where it has no source, or cannot be had: their site may never come to need it."""
    try:
        thing = load()
        source = inspect.unwrap(thing) if callable(thing) else thing
        if not inspect.isclass(source) and not inspect.isroutine(source):
            source = type(source)
        file, line = inspect.getsourcefile(source), inspect.getsourcelines(source)[1]
    except Exception:  # noqa: BLE001 - theirs may raise anything
        return
    if file:
        yield {"role": role, "name": name, "file": os.path.realpath(file), "line": line, "signals": signals}


def _dotted(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', type(thing).__qualname__)}"
