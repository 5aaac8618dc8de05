"""What a views.py defines, read from its syntax tree: importing it would run a stranger's code in our process."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator

from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.scenarios.scenario_files.problems import Fault, suggest


def view_faults(source: bytes, targets: Iterable[Target]) -> Iterator[Fault]:
    """Whether `source` is Python and defines the view of every target."""
    try:
        names = defined_names(source)
    except SyntaxError as error:
        yield Fault(f"line {error.lineno or 1}", f"not Python: {error.msg}", "a module with the views")
        return
    for target in targets:
        for view in (target.view, *target.views.values()):
            if view not in names:
                yield Fault(view, f"a view of target `{target.name}` is not defined here", suggest(view, names))


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape in a text: not ours to judge
        try:
            tree = ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:  # a zero byte; brackets thousands deep
            raise SyntaxError(str(error) or "too deeply nested") from None
    return {name for statement in tree.body for name in _names(statement)}


def _names(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            yield name
