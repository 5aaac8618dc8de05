"""Settings of Django that are ours in every run: a scenario's `settings.py` may not give them.

Looked for in its text before anything is started, and again in what it has come to say.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REFUSED = {
    "DATABASES": "every run has a database of its own; settings of it belong in `[targets.database]`",
    "DEBUG": "it is off in every run: with it on Django keeps every query, and answers with other pages",
    "ALLOWED_HOSTS": "visitors come to 127.0.0.1 alone, which is allowed",
    "WSGI_APPLICATION": "servers run the lab's own application, which is looked into",
    "ASGI_APPLICATION": "servers run the lab's own application, which is looked into",
}
"""Name to the reason."""


def refused(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Of these names those that are ours, each with the reason."""
    return ((name, REFUSED[name]) for name in names if name in REFUSED)


def settings_in(source: bytes) -> dict[str, int]:
    """Name to line of each setting that a module gives, outside functions; SyntaxError where it is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[str, int] = {}
        for statement in ast.parse(source).body:
            for name, line in _given(statement):
                found.setdefault(name, line)
    return found


def _given(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            return
        case ast.Name(id=name, ctx=ast.Store()) if name.isupper():
            yield name, node.lineno
        case ast.alias(name=name, asname=asname) if (asname or name).isupper():
            yield asname or name, node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _given(child)
