"""What an expression can stand for: something of a library, the project's own code, a model's rows, a query."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Function, Module


@dataclass(frozen=True, slots=True)
class Named:
    """Something of a library, by its dotted name; `()` is what calling gives, `[]` what an index does."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Code:
    """A function of the project, and the object whose method it is."""

    function: Function
    owner: Class | None = None


@dataclass(frozen=True, slots=True)
class Type:
    """A class of the project; None: the user model, wherever that is."""

    cls: Class | None
    is_model: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the project that is no model."""

    cls: Class
    above: bool = False
    """Whether it is `super()`."""


@dataclass(frozen=True, slots=True)
class Query:
    """A queryset or a manager: nothing is asked yet."""

    model: Class | None
    loaded: frozenset[str] = frozenset()
    """Relations that its rows bring along."""
    relation: bool = False
    """Whether it is the manager of a relation."""
    plain: bool = False
    """Whether it gives values, and no rows."""
    manager: Class | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An object of a model."""

    model: Class | None
    loaded: frozenset[str] | None = None
    """Relations that came along; None: it is not seen where it came from."""
    above: bool = False


@dataclass(frozen=True, slots=True)
class OfRequest:
    """`request`, `request.session` or `request.user`."""

    what: str


Value = Named | Code | Type | Instance | Query | Row | OfRequest


@dataclass
class Names:
    """What is known inside one function, so far."""

    module: Module
    function: Function | None = None
    cls: Class | None = None
    """The class of `self`: that which is asked for, and not the base that holds the method."""
    known: dict[str, Value | None] = field(default_factory=dict)
    found: dict[int, Value | None] = field(default_factory=dict)
    """What expressions stand for, by their nodes' ids: each is asked for when its names are what they are there."""


def runs_generator(function: Function) -> bool:
    """Whether to call it gives an iterator: its own body yields."""
    rest: list[ast.AST] = list(function.node.body)
    while rest:
        node = rest.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            rest += ast.iter_child_nodes(node)
    return False
