"""The lines of a views.py that a view consists of: its own definition and those of ours that it calls."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.model.limits import MOST_CODE_BYTES
from asgi_vs_wsgi.scenarios.text.plain_text import printable_lines

Line = tuple[int, str]
"""Number, counted from 1, and text."""


def view_lines(source: str, name: str) -> list[Line]:
    """The definition of `name`, then those that it uses, in the order of the file, a blank line between."""
    statements = {own: each for each in _parsed(source) for own in _names(each)}
    used = [name, *sorted(_used(statements, name), key=lambda other: statements[other].lineno)]
    texts = source_lines(source) if statements else []
    parts = [_numbered(statements[each], texts) for each in dict.fromkeys(used) if each in statements]
    return [line for index, part in enumerate(parts) for line in ([(0, "")] * bool(index) + part)]


def source_lines(source: str) -> list[str]:
    """As they can be shown, numbered as Python numbers them."""
    return printable_lines(source.removeprefix("\ufeff"))


def why_no_code(source: str) -> str:
    """Why `view_lines` finds nothing: a saved run may hold any text."""
    if len(source) > MOST_CODE_BYTES:
        return "views.py is too long to be shown"
    return "this view is not defined in views.py" if _parsed(source) else "views.py is no Python of this version"


def _parsed(source: str) -> list[ast.stmt]:
    if len(source) > MOST_CODE_BYTES:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape in a text: not ours to judge
            return ast.parse(source.removeprefix("\ufeff")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _numbered(statement: ast.stmt, texts: list[str]) -> list[Line]:
    decorators = getattr(statement, "decorator_list", ())
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    return [(number, texts[number - 1]) for number in range(first, (statement.end_lineno or first) + 1)]


def _names(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _used(statements: dict[str, ast.stmt], name: str) -> set[str]:
    """Everything of this file that `name` leads to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        statement = statements.get(waiting.pop())
        nodes = ast.walk(statement) if statement else ()
        names = {node.id for node in nodes if isinstance(node, ast.Name)} & set(statements)
        waiting += names - found - {name}
        found |= names - {name}
    return found
