"""Which call of a source line it is that a request was blocked in, or awaited, where the line leaves no doubt."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import AwaitedLine, BlockingLine

VIEWS = "views.py"
FROM = "# {file}:{first}-{last}"
"""A line of what stands for a project's `views.py`: the lines below it are those of that file."""
_FROM = re.compile(r"# (?P<file>\S+):(?P<first>\d+)-(?P<last>\d+)$", re.MULTILINE)
NOBODYS = sys.stdlib_module_names | {
    *("asgiref", "daphne", "django", "granian", "gunicorn", "hypercorn", "uvicorn", "uvloop", "waitress"),
}
"""Whose lines tell a reader of the views nothing."""
OURS = frozenset({"parameter"})
"""Calls of our own that wait for nothing."""
_PLACE = re.compile(r"(?P<file>\S+?):(?P<line>\d+)(?: (?P<function>\S+))?")
LONGEST_NAME = 40


def place_of(where: str) -> str:
    """`views.py:12`, of `views.py:12 page`."""
    found = _PLACE.match(where)
    return f"{found['file']}:{found['line']}" if found else where


@lru_cache(maxsize=8)
def written_lines(views: str) -> dict[int, tuple[str, int]]:
    """Of a project's views, which are put together from its files: line to the file and the line there that it is.

    Empty where the views are a file of their own.
    """
    found: dict[int, tuple[str, int]] = {}
    for start in _FROM.finditer(views):
        if views[views.rfind("\n", 0, start.start()) + 1 : start.start()].strip():
            continue  # behind code
        number = views.count("\n", 0, start.start()) + 1
        first, last = int(start["first"]), min(int(start["last"]), int(start["first"]) + views.count("\n"))
        found.update({number + 1 + place: (start["file"], first + place) for place in range(last - first + 1)})
    return found


@lru_cache(maxsize=8)
def _places(views: str) -> dict[tuple[str, int], int]:
    return {place: line for line, place in written_lines(views).items()}


def line_in(views: str, where: str) -> int:
    """The line of the views that is meant by `views.py:12 page`; 0 for one that is elsewhere."""
    found = _PLACE.match(where)
    if not found:
        return 0
    file, line = found["file"], int(found["line"])
    return _places(views).get((file, line), 0) if _places(views) else line if file == VIEWS else 0


def is_known_code(where: str) -> bool:
    """Whether a line may be of the user's own code, and not of Python's, Django's or a server's."""
    found = _PLACE.match(where)
    return bool(found) and found["file"].split("/")[0].removesuffix(".py") not in NOBODYS  # type: ignore[index]


def call_at(views: str, line: BlockingLine | AwaitedLine) -> str:
    """`upstream.get`, where that is what the line waits in; "" where it has several calls, or is not of the views.

    What is awaited stands behind `await`. A thread that a library's line was found in may have called its function;
    else it was in the only call that the line has.
    """
    number = line_in(views, line.where)
    if not number:
        return ""
    awaited, called = _calls(views).get(number, ((), ()))
    if hasattr(line, "what"):
        return awaited[0] if len(awaited) == 1 else ""
    if line.library and (entered := _calling(called, line.library)):
        return entered
    blocked = getattr(line, "state", "") != "running"  # what runs may be anything of the line
    return called[0] if blocked and len(called) == 1 else ""


def _calling(called: tuple[str, ...], library: str) -> str:
    """The call of the function that was entered from here."""
    entered = _PLACE.match(library)
    name = (entered["function"] or "").split(".")[-1] if entered else ""
    matching = [call for call in called if name and call.split(".")[-1] == name]
    return matching[0] if len(matching) == 1 else ""


@lru_cache(maxsize=8)
def _calls(views: str) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By line: the calls that are awaited there, and those that may block there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(views)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    awaited: dict[int, list[str]] = {}
    called: dict[int, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            awaited.setdefault(node.lineno, []).append(_name(node.value))
        if isinstance(node, ast.Call) and (name := _name(node)) and _may_block(name):
            called.setdefault(node.lineno, []).append(name)
    lines = awaited.keys() | called.keys()
    return {line: (tuple(filter(None, awaited.get(line, []))), tuple(called.get(line, []))) for line in lines}


def _may_block(name: str) -> bool:
    """A class that is called (`HttpResponse`) makes an object."""
    return name not in OURS and not name.split(".")[-1][:1].isupper()


def _name(call: ast.Call) -> str:
    """Dotted, as it is written; "" for what has no name."""
    try:
        name = ast.unparse(call.func)
    except (ValueError, RecursionError):
        return ""
    return name if re.fullmatch(r"[\w.]+", name) and len(name) <= LONGEST_NAME else ""
