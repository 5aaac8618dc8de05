"""Names in one function, in the order of its text: what each stands for, and where going through one asks a query."""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.project.findings.expression_types import Code, Instance, OfRequest, Query, Row, Value
from asgi_vs_wsgi.scenarios.project.findings.rules import runs_elsewhere
from asgi_vs_wsgi.scenarios.untrusted_text import hide_passwords_in

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Function
    from asgi_vs_wsgi.scenarios.project.findings.type_inference import Values

_SECRET = re.compile(r"passw|secret|token|key|auth|credential", re.IGNORECASE)
_MOST_LETTERS = 60
"""Of an expression that is told."""


class Wait(NamedTuple):
    """A call, or something like it, that waits."""

    rule: str
    line: int
    words: str
    """What is called."""


class Step(NamedTuple):
    """A call of the project's own."""

    line: int
    function: Function
    owner: Class | None
    """The class that its `self` is of."""


class Sent(NamedTuple):
    """A signal of the project's that is sent, whose receivers run."""

    line: int
    signal: str


class Rendered(NamedTuple):
    """A template is rendered: its tags run, and context processors where it gets a request."""

    line: int
    template: str
    """Empty where the text does not say which."""
    with_request: bool


Act = Wait | Step | Sent | Rendered


class NamesInOrder(ast.NodeVisitor):
    """Reads a function once; what is called in it, a class above reads."""

    def __init__(self, values: Values, function: Function, owner: Class | None) -> None:
        self._values = values
        self._names = values.names_of(function, owner)
        self.acts: list[Act] = []
        self.returned: Value | None = None

    # What stands inside, and runs another time.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Known by its name, and read when it is called."""
        self._names.known.pop(node.name, None)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """The same."""
        self._names.known.pop(node.name, None)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Nobody knows when."""

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """The same."""

    # What gives names their meaning.

    def visit_Import(self, node: ast.Import) -> None:
        """Kept for the whole file."""

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value first."""
        self.visit(node.value)
        value = self._of(node.value)
        for target in node.targets:
            self._bind(target, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The same."""
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target, self._of(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """The same."""
        self.visit(node.value)
        self._bind(node.target, self._of(node.value))

    def _bind(self, target: ast.expr, value: Value | None) -> None:
        if isinstance(target, ast.Name):
            self._names.known[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            first = value if isinstance(value, Row) and len(target.elts) > 1 else None
            for number, each in enumerate(target.elts):
                self._bind(each, None if number else first)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, None)
        elif not isinstance(target, ast.Attribute) or not isinstance(self._of(target.value), Row):
            self.visit(target)

    def visit_Return(self, node: ast.Return) -> None:
        """What the function gives, as the first return says that tells."""
        if node.value is not None:
            self.visit(node.value)
            self.returned = self.returned or self._of(node.value)

    # What asks a query.

    def visit_For(self, node: ast.For) -> None:
        """To go through a query is to ask it."""
        self.visit(node.iter)
        self._bind(node.target, self._gone_through(node.iter))
        self._visit_all([*node.body, *node.orelse])

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        """Django asks it in a thread."""
        self.visit(node.iter)
        value = self._of(node.iter)
        self._bind(node.target, self._values.row_of(value) if isinstance(value, Query) else None)
        self._visit_all([*node.body, *node.orelse])

    def _gone_through(self, node: ast.expr) -> Value | None:
        value = self._of(node)
        if isinstance(value, Query):
            self._wait("sync-orm", node, f"going through {text_of(node)}")
            return self._values.row_of(value)
        if isinstance(value, Instance):
            for name in ("__iter__", "__next__"):
                self._step(node.lineno, self._values.attribute(value, name))
        return None

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        before = dict(self._names.known)
        for each in node.generators:
            self.visit(each.iter)
            if each.is_async:
                value = self._of(each.iter)
                self._bind(each.target, self._values.row_of(value) if isinstance(value, Query) else None)
            else:
                self._bind(each.target, self._gone_through(each.iter))
            self._visit_all(each.ifs)
        self._visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._names.known = before

    def visit_ListComp(self, node: ast.ListComp) -> None:
        """Its loops first."""
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        """The same."""
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """The same."""
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        """The same."""
        self._comprehension(node)

    def visit_If(self, node: ast.If) -> None:
        """To ask whether a query gives something is to ask it."""
        self._test(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """The same."""
        self._test(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        """The same."""
        self._test(node.test)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """`not query`."""
        if isinstance(node.op, ast.Not) and not isinstance(node.operand, ast.Call):
            self._test(node.operand)
        self.generic_visit(node)

    def _test(self, node: ast.expr) -> None:
        if isinstance(self._of(node), Query):
            self._wait("sync-orm", node, f"the truth of {text_of(node)}")

    def visit_Compare(self, node: ast.Compare) -> None:
        """`row in query`."""
        for operator, each in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(self._of(each), Query):
                self._wait("sync-orm", each, f"looking for one in {text_of(each)}")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """One of a query, or something of the session."""
        value = self._of(node.value)
        if isinstance(value, Query) and not isinstance(node.slice, ast.Slice):
            self._wait("sync-orm", node, text_of(node))
        elif value == OfRequest("session"):
            self._wait("sync-session", node, text_of(node))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A foreign key that did not come along, a property of the project's, the user."""
        value = self._of(node.value)
        if isinstance(value, Row) and self._is_asked_for(value, node.attr):
            self._wait("sync-orm", node, f"{text_of(node)}, not loaded with its row")
        elif value == OfRequest("user"):
            self._wait("sync-session", node, text_of(node))
        cls = value.model if isinstance(value, Row) else value.cls if isinstance(value, Instance) else None
        if isinstance(value, (Row, Instance)) and cls is not None:
            method = self._values.index.method(cls, node.attr, above=value.above)
            if method is not None and method.is_property:
                self._step(node.lineno, Code(method, cls))
        self.generic_visit(node)

    def _is_asked_for(self, row: Row, name: str) -> bool:
        """Whether it is a foreign key that is known not to have come along."""
        if row.model is None or row.loaded is None or self._values.models.to_one(row.model, name) is None:
            return False
        return not any(each.split("__")[0] == name for each in row.loaded)

    def _step(self, line: int, value: Value | None) -> None:
        if isinstance(value, Code) and not runs_elsewhere(list(value.function.decorators())):
            self.acts.append(Step(line, value.function, value.owner))

    def _wait(self, rule: str, node: ast.expr, words: str) -> None:
        self.acts.append(Wait(rule, node.lineno, words))

    def _of(self, node: ast.expr | None) -> Value | None:
        return self._values.of(node, self._names)

    def _visit_all(self, nodes: list[ast.stmt] | list[ast.expr]) -> None:
        for each in nodes:
            self.visit(each)


class _WithoutSecrets(ast.NodeTransformer):
    """Of a copy: what is told may be published."""

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        """`password="..."`, and what else is named so."""
        self.generic_visit(node)
        return ast.keyword(node.arg, ast.Name("...")) if node.arg and _SECRET.search(node.arg) else node


def text_of(node: ast.expr) -> str:
    """An expression as it is written, in one line and not too long, without passwords."""
    text = ast.unparse(node)
    if _SECRET.search(text):
        text = ast.unparse(_WithoutSecrets().visit(copy.deepcopy(node)))
    text = hide_passwords_in(" ".join(text.split()))
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
