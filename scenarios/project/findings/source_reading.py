"""Reads the project's own files, each within bounds; what cannot be read is told, with why.

Tags and filters of the project's own that a template calls, by its text: they run where it is rendered.
"""

from __future__ import annotations

import ast
import operator
import re
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.project.findings.source_index import Module, SourceIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.project.findings.source_index import Function

MOST_BYTES = 1 << 20
"""Of one file: what is longer was written by a program."""
ALL_BYTES = 64 << 20
_COMPARES: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
}


class Deadline:
    """Until when there is something to do; whoever waits for it no longer ends it."""

    def __init__(self, within_s: float) -> None:
        self._until_s = time.monotonic() + within_s

    def end(self) -> None:
        """Now."""
        self._until_s = 0.0

    @property
    def has_passed(self) -> bool:
        """Asked between one file, or one function, and the next."""
        return time.monotonic() > self._until_s


def read_sources(
    files: Iterable[tuple[str, str]], deadline: Deadline, versions: Mapping[str, tuple[int, ...]] | None = None
) -> SourceIndex:
    """Of paths and their modules' names; what comes after the deadline is not read.

    `versions` are those of `django.VERSION` and `sys.version_info`: code for others is left out.
    """
    index = SourceIndex()
    taken = 0
    for file, name in files:
        if deadline.has_passed or taken > ALL_BYTES:
            index.unread.append((file, "the time or the room for reading was used up"))
            continue
        try:
            data = _bytes_of(file)
            taken += len(data)
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(data)
            if versions:
                tree = _ForVersions(versions, tree).visit(tree)
            module = Module(name, file, tree, data.decode(errors="replace"))
        except (OSError, _TooLong, SyntaxError, ValueError, RecursionError, MemoryError) as why:
            index.unread.append((file, _words(why)))
            continue
        index.by_file[file] = module
        parts = name.split(".")
        index.packages |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
        index.modules.setdefault(name, module)
    return index


class _ForVersions(ast.NodeTransformer):
    """Takes out what runs on other versions alone: `if django.VERSION >= (5, 0): ... else: ...`."""

    def __init__(self, versions: Mapping[str, tuple[int, ...]], tree: ast.Module) -> None:
        self._versions = versions
        self._named: dict[str, ast.expr] = {
            target.id: statement.value
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name) and isinstance(statement.value, ast.Compare)
        }

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """The part that is left."""
        self.generic_visit(node)
        holds = self._holds(node.test)
        if holds is None:
            return node
        left: list[ast.stmt] = node.body if holds else node.orelse
        return left or ast.copy_location(ast.Pass(), node)

    def _holds(self, test: ast.expr) -> bool | None:
        if isinstance(test, ast.Name):
            test = self._named.get(test.id, test)
        if isinstance(test, ast.Constant):
            return bool(test.value)
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        left = test.left.value if isinstance(test.left, ast.Subscript) else test.left
        version = self._versions.get(ast.unparse(left).replace("DJANGO_VERSION", "django.VERSION"))
        compare = _COMPARES.get(type(test.ops[0]))
        try:
            wanted = ast.literal_eval(test.comparators[0])
        except (ValueError, TypeError):
            return None
        if version is None or compare is None or not isinstance(wanted, tuple):
            return None
        return bool(compare(version[: len(wanted)], wanted[: len(version)]))


class _TooLong(Exception):
    """More than anybody writes by hand."""


def _bytes_of(file: str) -> bytes:
    path = Path(file)
    if not path.is_file():
        raise OSError(0, "it is no file")
    if path.stat().st_size > MOST_BYTES:
        raise _TooLong(f"it is longer than {MOST_BYTES >> 20} MB")
    return path.read_bytes()


def _words(why: Exception) -> str:
    if isinstance(why, SyntaxError):
        return f"line {why.lineno}: {why.msg}; its syntax is wrong, or newer than that of this program's Python"
    if isinstance(why, OSError):
        return why.strerror or "it cannot be read"
    if isinstance(why, (RecursionError, MemoryError)):
        return "it is nested too deep"
    return str(why)


MOST_TEMPLATE_BYTES = 1 << 20
_MOST_TEMPLATES = 50
"""That one leads to, by what it extends and includes."""
_TAG = re.compile(r"{%-?\s*(\w+)([^%]*)%}")
_FILTER = re.compile(r"\|\s*(\w+)")
_VARIABLE = re.compile(r"{{([^}]*)}}")
_QUOTED = re.compile(r"""["']([^"']+)["']""")
_LEADS = ("extends", "include")
_REGISTERS = ("simple_tag", "inclusion_tag", "filter", "tag", "simple_block_tag")


class TemplateTags:
    """Of one project: the folders of its templates, and the modules of its libraries by the names that `load` knows."""

    def __init__(self, index: SourceIndex, folders: Sequence[str], libraries: Mapping[str, str]) -> None:
        self._index, self._folders = index, folders
        self._libraries = {name: index.modules[module] for name, module in libraries.items() if module in index.modules}
        self._found: dict[str, list[Function]] = {}

    def called_by(self, template: str) -> list[Function]:
        """Each once, through what it extends and includes."""
        if not self._libraries:
            return []
        if template not in self._found:
            self._found[template] = list(dict.fromkeys(self._of(template)))
        return self._found[template]

    def _of(self, template: str) -> Iterator[Function]:
        rest, met = [template], {template}
        while rest and len(met) <= _MOST_TEMPLATES:
            text = self._text(rest.pop())
            tags = _TAG.findall(text)
            names = {tag for tag, _ in tags}
            for inside in (*_VARIABLE.findall(text), *(words for _, words in tags)):
                names.update(_FILTER.findall(inside))
            for tag, words in tags:
                if tag == "load":
                    yield from self._registered(words, names)
                elif tag in _LEADS and (quoted := _QUOTED.search(words)) and quoted[1] not in met:
                    met.add(quoted[1])
                    rest.append(quoted[1])

    def _text(self, template: str) -> str:
        for folder in self._folders:
            file = Path(folder) / template
            try:
                if file.is_file() and file.stat().st_size <= MOST_TEMPLATE_BYTES:
                    return file.read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError):
                continue
        return ""

    def _registered(self, words: str, names: set[str]) -> Iterator[Function]:
        """`load a b`, and `load x y from a`."""
        for library in words.split():
            module = self._libraries.get(library)
            for function in module.functions if module else ():
                if any(name in names for name in _names_of(function)):
                    yield function


def _names_of(function: Function) -> Iterator[str]:
    """Under which a function is registered."""
    for decorator in function.node.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(call, ast.Attribute) or call.attr not in _REGISTERS:
            continue
        said = (
            [each.value for each in decorator.keywords if each.arg == "name"] if isinstance(decorator, ast.Call) else []
        )
        said += decorator.args[:1] if isinstance(decorator, ast.Call) else []
        named = [each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        yield named[0] if named and not named[0].endswith(".html") else function.node.name
