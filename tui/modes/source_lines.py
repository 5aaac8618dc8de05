"""The lines of a views.py that a view consists of, in colours, and broken where they are wider than their column."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from pygments.token import Token
from textual.content import Content
from textual.highlight import HighlightTheme, highlight

from asgi_vs_wsgi.scenarios.model.scenario import MOST_CODE_BYTES
from asgi_vs_wsgi.scenarios.untrusted_text import printable_lines
from asgi_vs_wsgi.tui.text.text_width import signs_that_fit

if TYPE_CHECKING:
    from collections.abc import Iterator

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


SET_IN = 2
OPEN, CLOSE, QUOTES = "([{", ")]}", "\"'"


def wrap_code_line(line: Content, room: int) -> list[Content]:
    """As many lines as it takes, in the same colours."""
    indent = min(_blanks(line.plain) + SET_IN, room // 2)
    first = _cut(line.plain, room)
    out, rest = [line[:first].rstrip()], line[first:]
    while rest.plain.strip():
        rest = rest[_blanks(rest.plain) :]
        cut = _cut(rest.plain, room - indent)
        out.append(Content(" " * indent) + rest[:cut].rstrip())
        rest = rest[cut:]
    return out


def _blanks(plain: str) -> int:
    """How many it begins with."""
    return len(plain) - len(plain.lstrip())


def _cut(plain: str, room: int) -> int:
    """How many signs stand on the first line."""
    fit = signs_that_fit(plain, room)
    if fit >= len(plain):
        return len(plain)
    places = [(depth, -at) for depth, at in _places(plain, fit) if at > _blanks(plain)]
    late = [place for place in places if -place[1] > fit // 2]
    if places:
        return -min(late or places)[1]
    blank = plain.rfind(" ", 0, fit + 1) + 1  # between the words of a long string, where there are any
    return blank if blank > _blanks(plain) else fit


def _places(plain: str, fit: int) -> Iterator[tuple[int, int]]:
    """Where it may be broken: (how deep in brackets, after how many signs); not within a string."""
    depth, quote = 0, ""
    for at, sign in enumerate(plain[: fit + 1], 1):  # a blank that is one too many is not drawn
        if quote:
            quote = "" if sign == quote else quote
            continue
        depth += (sign in OPEN) - (sign in CLOSE)
        quote = sign if sign in QUOTES else ""
        if sign == " " or (sign in OPEN and at <= fit):
            yield depth, at


MOST_COLOURED = 60_000
"""Letters of a file: to colour more takes longer than anybody waits for a key."""


class _Theme(HighlightTheme):
    """Our own variables; states keep their colours for themselves."""

    STYLES = {  # noqa: RUF012 (declared by HighlightTheme, which has no ClassVar there)
        Token.Comment: "$faint",
        Token.Keyword: "$accent",
        Token.Literal.String: "$success",
        Token.Literal.Number: "$success",
        Token.Name.Function: "bold",
        Token.Name.Decorator: "$primary",
        Token.Name.Builtin: "$primary",
        Token.Operator.Word: "$accent",
    }


@lru_cache(maxsize=8)
def python_lines(source: str) -> tuple[Content, ...]:
    """The lines of a file, each highlighted as a part of the whole."""
    shown = "\n".join(source_lines(source))  # without what else Textual would take for the end of a line
    if len(shown) > MOST_COLOURED:
        return tuple(map(Content, shown.split("\n")))
    return tuple(highlight(shown, language="python", theme=_Theme).split("\n", allow_blank=True))
