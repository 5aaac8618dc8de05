"""What an expression of the project's code stands for, as far as its text tells: a model's rows, a query, an object."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.project.findings.expression_types import (
    Code,
    Instance,
    Models,
    Named,
    Names,
    OfRequest,
    Query,
    Row,
    Type,
    Value,
    runs_generator,
)
from asgi_vs_wsgi.scenarios.project.findings.rules import ROWS
from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Function, Module

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.project.findings.source_index import SourceIndex

_MANAGERS = ("objects", "_default_manager", "_base_manager")
_DEEPEST = 64
"""Expressions in expressions."""


class Values:
    """Answers for all files."""

    def __init__(self, index: SourceIndex, returned: Callable[[Function, Class | None], Value | None]) -> None:
        self.index = index
        self._returned = returned
        self.models = Models(index)
        self._depth = 0
        self._asked_for: set[str] = set()

    def of(self, node: ast.expr | None, names: Names) -> Value | None:
        """None where the text does not tell."""
        if node is None or self._depth > _DEEPEST:
            return None
        key = id(node)
        if key not in names.found:
            self._depth += 1
            try:
                names.found[key] = self._of(node, names)
            finally:
                self._depth -= 1
        return names.found[key]

    def _of(self, node: ast.expr, names: Names) -> Value | None:
        if isinstance(node, ast.Name):
            return self._of_name(node.id, names)
        if isinstance(node, ast.Attribute):
            return self.attribute(self.of(node.value, names), node.attr)
        if isinstance(node, ast.Call):
            return self.called(node, names, awaited=False)
        if isinstance(node, ast.Await):
            inner = node.value
            return self.called(inner, names, awaited=True) if isinstance(inner, ast.Call) else None
        if isinstance(node, ast.Subscript):
            return self._of_subscript(self.of(node.value, names), node)
        if isinstance(node, ast.NamedExpr):
            return self.of(node.value, names)
        if isinstance(node, ast.IfExp):
            return self.of(node.body, names) or self.of(node.orelse, names)
        if isinstance(node, ast.BoolOp):
            return next((found for each in node.values if (found := self.of(each, names))), None)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd)):
            found = self.of(node.left, names)
            return found if isinstance(found, Query) else None
        return None

    def _of_name(self, name: str, names: Names) -> Value | None:
        if name in names.known:
            return names.known[name]
        function = names.function
        while function is not None:
            if name in function.inner:
                return Code(function.inner[name], names.cls)
            if any(name == each.arg for each in _parameters(function)):
                return None
            function = function.outer
        if name in names.module.names:
            return self.named(names.module.names[name])
        found = names.module.top.get(name)
        if found is None:
            return Named(name) if name in _BUILT_IN else None
        return self._stands(names.module, found)

    def named(self, dotted: str) -> Value | None:
        """What an imported name is."""
        found = self.index.find(dotted)
        if isinstance(found, tuple):
            return self._stands(*found)
        if found is not None:
            return self._stands(found.module, found)
        is_own = dotted.partition(".")[0] in self.index.packages
        return None if is_own and dotted not in self.index.packages else Named(dotted)

    def _stands(self, module: Module, found: Function | Class | ast.expr) -> Value | None:
        if isinstance(found, Function):
            return Code(found)
        if isinstance(found, Class):
            return Type(found, self.models.is_model(found))
        return self.of(found, Names(module))

    def _of_subscript(self, value: Value | None, node: ast.Subscript) -> Value | None:
        if isinstance(value, Query):
            return value if isinstance(node.slice, ast.Slice) else self.row_of(value)
        return Named(f"{value.dotted}[]") if isinstance(value, Named) else None

    def row_of(self, query: Query) -> Value | None:
        """One of what it gives."""
        return None if query.plain else Row(query.model, query.loaded)

    def attribute(self, value: Value | None, name: str) -> Value | None:
        """`value.name`, read and not called."""
        if isinstance(value, Named):  # a library's class that has such a manager is a model
            return Query(None) if name in _MANAGERS else self.named(f"{value.dotted}.{name}")
        if isinstance(value, Type):
            return self._of_type(value, name)
        if isinstance(value, Row):
            return self._of_row(value, name)
        if isinstance(value, Query) and value.manager is not None:
            method = self.index.method(value.manager, name)
            return Code(method, value.manager) if method else None
        if isinstance(value, Instance):
            return self._of_instance(value, name)
        if isinstance(value, OfRequest) and value.what == "request" and name in ("session", "user"):
            return OfRequest(name)
        return None

    def _of_type(self, value: Type, name: str) -> Value | None:
        cls = value.cls
        if cls is not None:
            method = self.index.method(cls, name)
            if method is not None:
                return Code(method, cls)
            given = self.index.value(cls, name)
            if given is not None and not value.is_model:
                return self.of(given[1], Names(given[0]))
            manager = self.of(given[1], Names(given[0])) if given else None
            if isinstance(manager, Query):
                return replace(manager, model=cls)
            if isinstance(manager, Instance) and self.models.is_manager(manager.cls):
                return Query(cls, manager=manager.cls)
            if isinstance(manager, Named) and "Manager" in manager.dotted:
                return Query(cls)
        return Query(cls) if value.is_model and name in _MANAGERS else None

    def _of_row(self, row: Row, name: str) -> Value | None:
        if row.model is None:
            return None
        if name in self.models.relations(row.model):
            loaded = row.loaded is not None and name in row.loaded
            return Query(self.models.relations(row.model)[name], relation=True, plain=False) if not loaded else None
        to_one = self.models.to_one(row.model, name)
        if to_one is not None:
            inner = frozenset(
                each.removeprefix(f"{name}__") for each in row.loaded or () if each.startswith(f"{name}__")
            )
            return Row(to_one, None if row.loaded is None else inner)
        method = self.index.method(row.model, name, above=row.above)
        return Code(method, row.model) if method else None

    def _of_instance(self, value: Instance, name: str) -> Value | None:
        method = self.index.method(value.cls, name, above=value.above)
        if method is not None:
            if method.is_property:
                return self._returned(method, value.cls)
            return Code(method, value.cls)
        given = self.index.value(value.cls, name)
        if given is not None:
            return self.of(given[1], Names(given[0]))
        if name == "request":
            return OfRequest("request")
        return self._set_in_init(value.cls, name)

    def _set_in_init(self, cls: Class, name: str) -> Value | None:
        init = self.index.method(cls, "__init__")
        if init is None or name in self._asked_for:
            return None
        for statement in init.node.body:
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if isinstance(target, ast.Attribute) and target.attr == name and _is_self(target.value):
                        return self._asked(name, statement.value, self.names_of(init, cls))
        return None

    def _asked(self, name: str, value: ast.expr, names: Names) -> Value | None:
        """An attribute that is made of itself (`self.x = self.x or ...`) is asked for once."""
        self._asked_for.add(name)
        try:
            return self.of(value, names)
        finally:
            self._asked_for.discard(name)

    def called(self, node: ast.Call, names: Names, *, awaited: bool) -> Value | None:
        """What a call gives."""
        func = node.func
        if isinstance(func, ast.Name) and func.id == "super" and names.cls is not None:
            return Row(names.cls, above=True) if self.models.is_model(names.cls) else Instance(names.cls, above=True)
        if isinstance(func, ast.Attribute):
            base = self.of(func.value, names)
            if func.attr == "as_manager" and isinstance(base, Type) and base.cls is not None:
                return Instance(base.cls)
            if isinstance(base, Query):
                found = self._of_query(base, func.attr, node, awaited=awaited)
                if found is not None or base.manager is None:
                    return found
        value = self.of(func, names)
        if isinstance(value, Code):
            given = self._returned(value.function, value.owner)
            is_async = value.function.is_async
            return given if is_async == awaited and not runs_generator(value.function) else None
        if isinstance(value, Type) and value.cls is not None:
            return Row(value.cls) if value.is_model else Instance(value.cls)
        if isinstance(value, Named):
            return self._of_library(value.dotted, node, names)
        return None

    def _of_query(self, query: Query, method: str, node: ast.Call, *, awaited: bool) -> Value | None:
        if method in _GIVES_ROWS or (awaited and method.startswith("a") and method[1:] in _GIVES_ROWS):
            return self.row_of(query)
        if query.manager is not None and self.index.method(query.manager, method):
            return None
        if method in ("values", "values_list", "dates", "datetimes"):
            return replace(query, plain=True)
        if method in ("select_related", "prefetch_related"):
            said = {each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)}
            return replace(query, loaded=query.loaded | said)
        return None if method in _ASKED or (method.startswith("a") and method not in _LAZY_A) else query

    def _of_library(self, dotted: str, node: ast.Call, names: Names) -> Value | None:
        last = dotted.rpartition(".")[2]
        if dotted == "django.contrib.auth.get_user_model":
            return Type(None, is_model=True)
        if last in ("get_object_or_404", "aget_object_or_404") and node.args:
            first = self.of(node.args[0], names)
            if isinstance(first, Type) and first.is_model:
                return Row(first.cls, frozenset())
            return self.row_of(first) if isinstance(first, Query) else Row(None)
        return Named(f"{dotted}()")

    def names_of(self, function: Function, cls: Class | None) -> Names:
        """What a function knows when it begins: its parameters."""
        names = Names(function.module, function, cls or function.cls)
        owner = names.cls
        for number, parameter in enumerate(_parameters(function)):
            value: Value | None = None
            if number == 0 and function.cls is not None and parameter.arg in ("self", "cls") and owner is not None:
                model = self.models.is_model(owner)
                if parameter.arg == "cls":
                    value = Type(owner, model)
                elif self.models.is_manager(owner):
                    value = Query(None, manager=owner)
                else:
                    value = Row(owner) if model else Instance(owner)
            elif parameter.arg == "request":
                value = OfRequest("request")
            elif parameter.annotation is not None:
                value = self._annotated(parameter.annotation, function.module)
            names.known[parameter.arg] = value
        return names

    def _annotated(self, node: ast.expr, module: Module) -> Value | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                return None
        if isinstance(node, ast.BinOp):
            return self._annotated(node.left, module) or self._annotated(node.right, module)
        found = self.index.find(module.dotted(node))
        if not isinstance(found, Class):
            return None
        return Row(found) if self.models.is_model(found) else Instance(found)


_BUILT_IN = frozenset({"open", "super"})
_ASKED = frozenset(
    [
        "count",
        "exists",
        "aggregate",
        "in_bulk",
        "update",
        "delete",
        "contains",
        "explain",
        "bulk_create",
        "bulk_update",
        "update_or_create",
        "get_or_create",
    ]
)
_GIVES_ROWS = ROWS | {"get_or_create", "update_or_create"}  # these in a pair, of which the first is one
_LAZY_A = frozenset({"all", "annotate", "alias"})


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _parameters(function: Function) -> list[ast.arg]:
    arguments = function.node.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
