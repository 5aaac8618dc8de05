"""Places that need no way to them: streams that cannot stream, state kept by thread, middleware that is sync alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.project.findings.expression_types import Code, Named, Type, Value, runs_generator
from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.project.findings.function_body import FunctionBodies
    from asgi_vs_wsgi.scenarios.project.findings.source_index import SourceIndex

_STREAM = "django.http.StreamingHttpResponse"
_STREAMS = (_STREAM, "django.http.response.StreamingHttpResponse")
_LOCAL = ("threading.local", "_threading_local.local")
_FILES = ("open", "io.open", "gzip.open", "gzip.GzipFile", "bz2.open", "lzma.open", "tempfile.TemporaryFile")
_SYNC_ITERATORS = ("iter", "map", "filter", "zip", "reversed", "enumerate")


class Place(NamedTuple):
    """A line of a file, and the words that are its own."""

    rule: str
    module: Module
    line: int
    words: str


def streams(index: SourceIndex, bodies: FunctionBodies) -> Iterator[Place]:
    """Answers that stream from an iterator that is synchronous, as far as its text tells."""
    for function in index.functions():
        module = function.module
        if module.is_command or not _names_a_stream(module):
            continue
        body = bodies.of(function)
        for line, given, called in body.streams if body else ():
            if (words := _sync_iterator(index, given, called)) is not None:
                yield Place("sync-stream", module, line, words)


def _names_a_stream(module: Module) -> bool:
    return any(name in _STREAMS or name in ("django.http", "django") for name in module.names.values())


def _sync_iterator(index: SourceIndex, given: ast.expr | None, called: Value | None) -> str | None:
    """What it is, in words; None where it is asynchronous, or nobody can tell."""
    if isinstance(given, ast.GeneratorExp):
        return None if any(each.is_async for each in given.generators) else "a generator expression"
    if isinstance(given, (ast.List, ast.Tuple, ast.ListComp)):
        return "a list"
    if not isinstance(given, ast.Call):
        return None
    if isinstance(given.func, ast.Name) and given.func.id in _SYNC_ITERATORS:
        return f"{given.func.id}(...)"
    if isinstance(called, Named) and called.dotted in _FILES:
        return f"the file of {called.dotted}(...)"
    if isinstance(called, Code) and not called.function.is_async and runs_generator(called.function):
        endless = ", which never ends: no byte is ever sent, and what it gives is kept" if _is_endless(called) else ""
        return f"the generator {called.function.node.name}{endless}"
    if isinstance(called, Type) and called.cls is not None and index.method(called.cls, "__aiter__") is None:
        return f"an iterator {called.cls.qualname}" if index.method(called.cls, "__iter__") else None
    return None


def _is_endless(called: Code) -> bool:
    """Whether it goes round `while True` with no way out."""
    for node in ast.walk(called.function.node):
        if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
            return not any(isinstance(each, (ast.Break, ast.Return, ast.Raise)) for each in ast.walk(node))
    return False


def thread_locals(index: SourceIndex) -> Iterator[Place]:
    """Kept by a module or a class, or derived from."""
    for module in index.by_file.values():
        if module.is_command:
            continue
        for name, found in module.top.items():
            if isinstance(found, Class):
                if any(base in _LOCAL for base in found.bases()):
                    yield Place("thread-local", module, found.node.lineno, f"class {found.qualname}")
                for inner, value in found.values.items():
                    if _is_local(module, value):
                        yield Place("thread-local", module, value.lineno, f"{found.qualname}.{inner}")
            elif isinstance(found, ast.expr) and _is_local(module, found):
                yield Place("thread-local", module, found.lineno, name)


def _is_local(module: Module, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and module.dotted(value.func) in _LOCAL


def named_in_a_list(index: SourceIndex, name: str) -> tuple[Module, int] | None:
    """Where a dotted name stands as an entry of a list, as MIDDLEWARE has it."""
    for module in index.by_file.values():
        if any(name in line for line in module.lines):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and node.value == name:
                    return module, node.lineno
    return None
