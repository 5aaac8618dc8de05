"""The middleware as Django puts it together under ASGI: who runs in a thread, who on the loop, and what adapts them.

Django's own handler builds the chain and is watched while it does, so that the words hold for every version of it. A
hop is one crossing between the loop and a thread: each adaptation costs one for every request, and so does each sync
hook of a middleware that runs on the loop.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.callable_name import name_of

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNAL, CLOSE = "receivers of request_started", "closing the answer"
"""Hops of every request: Django's own receivers, which are sync, and the answer's `close`."""
CHAIN, VIEW, TEMPLATE = "the chain of middleware", "the view", "rendering the TemplateResponse"
"""Into the outermost middleware where that runs in a thread; a sync view; what Django renders."""
_HOOKS_OF_REQUESTS = ("process_request", "process_response")


@dataclass
class ChainedMiddleware:
    """One of the setting MIDDLEWARE."""

    name: str
    kind: str
    """`sync`, `async` or `both`: what it can."""
    used: bool = True
    """Whether it has not taken itself out (MiddlewareNotUsed)."""
    on_loop: bool = False
    """Whether it runs on the event loop, under ASGI."""
    hops: int = 0
    """For each request: adapting what is inside it, its sync hooks, its sync `process_view`."""
    view_hops: int = 0
    """Of them, its sync `process_view`, which is not asked where another before it has answered."""
    template_hops: int = 0
    """For each TemplateResponse: its sync `process_template_response`."""
    counted: bool = True
    """Whether these are all: code of its own on the loop may cross to threads as it likes."""
    runs_as: str = ""
    """The class or function that Django has made of it, by which a crossing into it is named."""
    breaks: bool = False
    """Whether it is sync alone, and what is inside it would run on the loop: a thread waits for that."""


@dataclass
class Chain:
    """From the outermost to the innermost."""

    middleware: list[ChainedMiddleware]
    outer_hops: int
    """Into the outermost, where that runs in a thread."""

    @property
    def counted(self) -> bool:
        """Whether `hops` are all, and not the least."""
        return all(each.counted for each in self.middleware if each.used)

    def hops(self, view_is_async: bool, template_response: bool) -> int:
        """Of one request whose page is made by such a view, and rendered by Django where it is a TemplateResponse."""
        return sum(self.hops_by_name(view_is_async, template_response).values())

    def hops_by_name(self, view_is_async: bool, template_response: bool) -> dict[str, int]:
        """The same under who asks for them: Django itself, or a middleware by its name in the settings."""
        hops = {SIGNAL: 1, CHAIN: self.outer_hops}
        for each in self.middleware:
            more = each.template_hops if template_response else 0
            hops[each.name] = hops.get(each.name, 0) + each.hops + more
        hops |= {VIEW: int(not view_is_async), TEMPLATE: int(template_response), CLOSE: 1}
        return {name: times for name, times in hops.items() if times}

    def told(self) -> list[dict[str, Any]]:
        """As JSON."""
        return [asdict(each) for each in self.middleware]


def build_chain() -> Chain:
    """Of the settings of this process; what a middleware raises when it is made is raised."""
    from django.core.handlers import base

    names = vars(base)
    watch = _Watch(names["import_string"])
    names["import_string"] = watch.imported
    try:
        return watch.built()
    finally:
        names["import_string"] = watch.import_string


class _Watch:
    """Stands between Django's handler and the middleware that it makes."""

    def __init__(self, import_string: Callable[[str], Any]) -> None:
        self.import_string = import_string
        self.rows: list[ChainedMiddleware] = []
        """From the innermost to the outermost, as Django makes them."""
        self._instance: Any = None
        """Of the last row, while Django asks it for its hooks."""
        self._adapted = False

    def built(self) -> Chain:
        from django.core.handlers.asgi import ASGIHandler

        watch = self

        class Handler(ASGIHandler):
            def adapt_method_mode(self, is_async: bool, method: Any, *rest: Any, **named: Any) -> Any:
                adapted = super().adapt_method_mode(is_async, method, *rest, **named)
                watch.adapting(is_async, method, adapted is not method)
                return adapted

        Handler()
        return Chain(self.rows[::-1], int(self._adapted))

    def imported(self, name: str) -> Any:
        """Instead of Django's: the middleware's maker, in whose place ours is called."""
        middleware = self.import_string(name)
        can_sync, can_async = getattr(middleware, "sync_capable", True), getattr(middleware, "async_capable", False)
        row = ChainedMiddleware(name, "both" if can_sync and can_async else "async" if can_async else "sync")
        self.rows.append(row)
        self._instance = None
        return _Maker(self, row, middleware, can_sync, can_async)

    def adapting(self, is_async: bool, method: Any, adapted: bool) -> None:
        """A hook of the last middleware made, or what is inside the next one; the last is the whole chain."""
        row = self.rows[-1] if self.rows else None
        if row is not None and self._instance is not None:
            if getattr(self._instance, "process_view", None) == method:
                row.hops += adapted
                row.view_hops += adapted
                return
            if getattr(self._instance, "process_template_response", None) == method:
                row.template_hops += adapted
                return
        if self._instance is None or getattr(self._instance, "process_exception", None) != method:
            self._adapted = adapted
            if row is not None and self._instance is None:
                row.on_loop = is_async

    def made(self, row: ChainedMiddleware, instance: Any) -> None:
        """Django has its middleware."""
        self._instance = instance
        row.runs_as = name_of(instance)
        row.hops += self._adapted
        row.breaks = self._adapted and not row.on_loop
        if row.on_loop:
            row.counted = _is_mixins(instance)
            row.hops += sum(hasattr(instance, hook) for hook in _HOOKS_OF_REQUESTS) if row.counted else 0


class _Maker:
    """A middleware's class or factory, as Django sees it."""

    def __init__(self, watch: _Watch, row: ChainedMiddleware, real: Any, can_sync: bool, can_async: bool) -> None:
        self._watch, self._row, self._real = watch, row, real
        self.sync_capable, self.async_capable = can_sync, can_async

    def __call__(self, get_response: Any) -> Any:
        from django.core.exceptions import MiddlewareNotUsed

        try:
            instance = self._real(get_response)
        except MiddlewareNotUsed:
            self._row.used = False
            raise
        self._watch.made(self._row, instance)
        return instance


def _is_mixins(instance: Any) -> bool:
    """Whether it crosses as Django's MiddlewareMixin does, and no other way."""
    from django.utils.deprecation import MiddlewareMixin

    if not isinstance(instance, MiddlewareMixin):
        return False
    calls = ("__acall__", "__call__")
    return all(inspect.getattr_static(type(instance), name) is getattr(MiddlewareMixin, name) for name in calls)
