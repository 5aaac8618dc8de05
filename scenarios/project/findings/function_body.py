"""What one function does where it runs, in the order of its text: calls that wait, and calls of the project's own code.

What is only named (in sync_to_async(f), asyncio.to_thread(f), run_in_executor(None, f), a lambda) is not called here.
"""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.project.findings.expression_types import (
    Code,
    Instance,
    Named,
    OfRequest,
    Query,
    Row,
    Type,
    Value,
    runs_generator,
)
from asgi_vs_wsgi.scenarios.project.findings.names_in_order import NamesInOrder, Rendered, Sent, Wait, text_of
from asgi_vs_wsgi.scenarios.project.findings.rules import ASKED_BY, ASKS, OF_RELATIONS, OF_ROWS, rule_of_call
from asgi_vs_wsgi.scenarios.project.findings.type_inference import Values

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Function, SourceIndex

_CALLED_LATER = ("call_soon", "call_soon_threadsafe", "call_later", "call_at", "add_done_callback")
"""A function that is named in these runs on the loop."""
_RENDERS = (
    *("django.shortcuts.render", "django.template.loader.render_to_string"),
    "django.template.loader.get_template().render",
)
_ASKS_FOR_A_LOOP = "get_running_loop"
_WITHOUT_A_LOOP = ("async-to-sync", "asyncio-run")
_SIGNAL = "django.dispatch.Signal()"


class FunctionBody(NamesInOrder, ast.NodeVisitor):
    """Reads it once."""

    def __init__(self, values: Values, function: Function, owner: Class | None) -> None:
        super().__init__(values, function, owner)
        self._awaited: set[int] = set()
        """Calls that are awaited."""
        self.streams: list[tuple[int, ast.expr | None, Value | None]] = []
        """Answers that stream: the line, what they are given, and what that is."""
        self._function = function
        self._session_is_here = False
        """Whether something of it has been awaited, which has read all of it."""
        self._visit_all(function.node.body)
        if _asks_for_a_loop(function):
            self.acts = [each for each in self.acts if not (isinstance(each, Wait) and each.rule in _WITHOUT_A_LOOP)]

    def visit_Await(self, node: ast.Await) -> None:
        """Its call gives something that can be awaited, and waits for nothing itself."""
        if isinstance(node.value, ast.Call):
            self._awaited.add(id(node.value))
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            base = self._of(node.value.func.value)
            if base == OfRequest("session") or (base == OfRequest("request") and node.value.func.attr == "auser"):
                self._session_is_here = True

    def _wait(self, rule: str, node: ast.expr, words: str) -> None:
        """But what was read before."""
        if not (rule == "sync-session" and self._session_is_here and "session" in words):
            super()._wait(rule, node, words)

    def visit_With(self, node: ast.With) -> None:
        """What an object of the project's does there."""
        for item in node.items:
            self.visit(item.context_expr)
            value = self._of(item.context_expr)
            if isinstance(value, Instance):
                for name in ("__enter__", "__exit__"):
                    self._step(node.lineno, self._values.attribute(value, name))
            if item.optional_vars is not None:
                self._bind(item.optional_vars, value if isinstance(value, (Named, Instance)) else None)
        self._visit_all(node.body)

    def visit_Call(self, node: ast.Call) -> None:
        """The heart of it."""
        awaited = id(node) in self._awaited
        value = self._of(node.func)
        base = self._of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(value, Code):
            self._step(node.lineno, value)
        elif isinstance(value, Type) and value.cls is not None and not value.is_model:
            self._step(node.lineno, self._values.attribute(Instance(value.cls), "__init__"))
        elif isinstance(value, Instance):
            self._step(node.lineno, self._values.attribute(value, "__call__"))
        elif not awaited:
            self._waits(node, value, base, name)
        if name in _CALLED_LATER:
            for each in node.args:
                self._step(node.lineno, self._of(each))
        self._answers(node, value)
        self.generic_visit(node)

    def _waits(self, node: ast.Call, value: Value | None, base: Value | None, name: str) -> None:
        text = text_of(node.func)
        if isinstance(value, Named):
            if (rule := rule_of_call(value.dotted)) is not None:
                self._wait(rule, node, value.dotted if isinstance(node.func, ast.Name) else text)
            self._special(node, value.dotted)
        if isinstance(node.func, ast.Name) and node.func.id in ASKED_BY and value is None:
            for each in node.args:
                if isinstance(self._of(each), Query):
                    self._wait("sync-orm", node, f"{node.func.id}({text_of(each)})")
        elif self._asks(base, name):
            self._wait("sync-orm", node, text)
        elif base == OfRequest("session") and not name.startswith("a"):
            self._wait("sync-session", node, text)
        elif name in ("read_text", "read_bytes", "write_text", "write_bytes") and not isinstance(value, Named):
            self._wait("blocking-file", node, text)

    def _asks(self, base: Value | None, name: str) -> bool:
        """Whether a method of it, which it has of Django, asks the database."""
        if isinstance(base, Query):
            return name in ASKS or (base.relation and name in OF_RELATIONS)
        if isinstance(base, Instance):
            if name == "save":
                return self._values.models.is_model_form(base.cls)
            return name == "get_object" and self._values.models.derives_from(base.cls, "django.views.generic.")
        return isinstance(base, Row) and name in OF_ROWS

    def _special(self, node: ast.Call, dotted: str) -> None:
        if dotted == "asyncio.run":
            self._wait("asyncio-run", node, "asyncio.run")
        elif dotted.endswith("async_to_sync()") and dotted.startswith("asgiref."):
            self._wait("async-to-sync", node, text_of(node.func))
        elif dotted in _RENDERS:
            self._render(node)

    def _render(self, node: ast.Call) -> None:
        given = [*node.args, *(each.value for each in node.keywords)]
        for each in given:
            context = self._assigned(each.id) if isinstance(each, ast.Name) else each
            for value in context.values if isinstance(context, ast.Dict) else ():
                if isinstance(self._of(value), Query):
                    self._wait("lazy-template", node, f"{text_of(node.func)} with {text_of(value)}")
        with_request = any(self._of(each) == OfRequest("request") for each in given)
        named = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(inner, ast.Call):  # get_template("a.html").render(...)
            given = inner.args
            named += [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        self.acts.append(Rendered(node.lineno, named[0] if named else "", with_request))

    def _answers(self, node: ast.Call, value: Value | None) -> None:
        """Signals, and answers that stream."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("send", "send_robust"):
            sender = self._of(node.func.value)
            if isinstance(sender, Named) and sender.dotted.startswith(_SIGNAL):
                self._wait("sync-signal", node, text_of(node.func))
                self.acts.append(Sent(node.lineno, self._names.module.dotted(node.func.value) or ""))
        if isinstance(value, Named) and value.dotted.endswith(".StreamingHttpResponse"):
            named = (each.value for each in node.keywords if each.arg == "streaming_content")
            given = node.args[0] if node.args else next(named, None)
            if isinstance(given, ast.Name):
                given = self._assigned(given.id) or given
            for each in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                called = self._of(each.func) if isinstance(each, ast.Call) else None
                self.streams.append((node.lineno, each, called))

    def _assigned(self, name: str) -> ast.expr | None:
        """What a name was given last, as far as that is one place."""
        found = [
            each.value
            for each in ast.walk(self._function.node)
            if isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in each.targets)
        ]
        return found[0] if len(found) == 1 else None


def _asks_for_a_loop(function: Function) -> bool:
    """Whether it looks for one and goes on where there is none: what needs none is called there alone."""
    tried = (each for node in ast.walk(function.node) if isinstance(node, ast.Try) for each in node.body)
    return any(
        isinstance(each, (ast.Name, ast.Attribute))
        and (each.id if isinstance(each, ast.Name) else each.attr) == _ASKS_FOR_A_LOOP
        for statement in tried
        for each in ast.walk(statement)
    )


class FunctionBodies:
    """Those that have been asked for."""

    def __init__(self, index: SourceIndex) -> None:
        self.values = Values(index, self._returned)
        self._kept: dict[tuple[int, int], FunctionBody | None] = {}

    def of(self, function: Function, owner: Class | None = None) -> FunctionBody | None:
        """None while it is being read (it calls itself), and where it is nested too deep."""
        owner = owner or function.cls
        key = (id(function), id(owner))
        if key not in self._kept:
            self._kept[key] = None
            with contextlib.suppress(RecursionError):
                self._kept[key] = FunctionBody(self.values, function, owner)
        return self._kept[key]

    def _returned(self, function: Function, owner: Class | None) -> Value | None:
        if runs_generator(function):
            return None
        body = self.of(function, owner)
        return body.returned if body else None
