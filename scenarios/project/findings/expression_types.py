"""What an expression can stand for: something of a library, the project's own code, a model's rows, a query.

Models of the project as their text has them: which classes are any, and which relations their rows have.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asgi_vs_wsgi.scenarios.project.findings.source_index import Function, SourceIndex


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


_MODELS = (
    *("django.db.models.Model", "django.contrib.gis.db.models."),
    *("django.contrib.auth.models.", "django.contrib.auth.base_user."),
)
_FORMS = ("django.forms.ModelForm", "django.forms.models.ModelForm")
_TO_ONE = ("ForeignKey", "OneToOneField", "ParentalKey")


class Models:
    """Of all files."""

    def __init__(self, index: SourceIndex) -> None:
        self._index = index
        self._models: dict[str, bool] = {}
        self._relations: dict[str, dict[str, Class]] | None = None

    def is_model(self, cls: Class) -> bool:
        """Whether one of its bases is Django's."""
        if cls.name not in self._models:
            bases = [base for base in self._index.lineage(cls) if isinstance(base, str)]
            self._models[cls.name] = any(base.startswith(_MODELS) and "Manager" not in base for base in bases)
        return self._models[cls.name]

    def is_model_form(self, cls: Class) -> bool:
        """Whether to save it is to save a row."""
        return any(isinstance(base, str) and base in _FORMS for base in self._index.lineage(cls))

    def derives_from(self, cls: Class, prefix: str) -> bool:
        """Whether a base outside of these files begins so."""
        return any(isinstance(base, str) and base.startswith(prefix) for base in self._index.lineage(cls))

    def is_manager(self, cls: Class) -> bool:
        """Or a queryset, which a manager can be made of."""
        return any(
            isinstance(base, str) and ("Manager" in base or "QuerySet" in base) for base in self._index.lineage(cls)
        )

    def to_one(self, model: Class, name: str) -> Class | None:
        """The model that a foreign key of that name leads to."""
        given = self._index.value(model, name)
        if given is None or not isinstance(given[1], ast.Call):
            return None
        return self._target(*given, model) if _last(given[0], given[1].func) in _TO_ONE else None

    def _target(self, module: Module, field_: ast.expr, model: Class) -> Class | None:
        assert isinstance(field_, ast.Call)
        named = (
            field_.args[0] if field_.args else next((each.value for each in field_.keywords if each.arg == "to"), None)
        )
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            if named.value == "self":
                return model
            last = named.value.rpartition(".")[2]
            return next((each for each in self._index.classes() if each.qualname == last and self.is_model(each)), None)
        found = self._index.find(module.dotted(named)) if named is not None else None
        return found if isinstance(found, Class) else None

    def relations(self, model: Class) -> Mapping[str, Class]:
        """Managers of relations that its rows have, with the model behind each."""
        if self._relations is None:
            self._relations = {}
            for cls in self._index.classes():
                if self.is_model(cls):
                    self._read_relations(cls, self._relations)
        return self._relations.get(model.name, {})

    def _read_relations(self, cls: Class, into: dict[str, dict[str, Class]]) -> None:
        for name, value in cls.values.items():
            if not isinstance(value, ast.Call):
                continue
            kind = _last(cls.module, value.func)
            if kind not in ("ForeignKey", "ParentalKey", "ManyToManyField"):
                continue
            target = self._target(cls.module, value, cls)
            if target is None:
                continue
            if kind == "ManyToManyField":
                into.setdefault(cls.name, {})[name] = target
            said = next((each.value for each in value.keywords if each.arg == "related_name"), None)
            back = said.value if isinstance(said, ast.Constant) else f"{cls.qualname.lower()}_set"
            if isinstance(back, str):
                into.setdefault(target.name, {})[back] = cls


def _last(module: Module, node: ast.expr) -> str:
    return (module.dotted(node) or "").rpartition(".")[2]
