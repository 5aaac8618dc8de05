"""Ways from where the loop comes in (views, middleware, receivers, consumers, any `async def`) to calls that wait."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.project.findings.names_in_order import Rendered, Sent, Step, Wait
from asgi_vs_wsgi.scenarios.project.findings.source_index import Class, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.scenarios.project.findings.function_body import FunctionBodies
    from asgi_vs_wsgi.scenarios.project.findings.source_index import SourceIndex
    from asgi_vs_wsgi.scenarios.project.findings.source_reading import Deadline, TemplateTags

DEEPEST = 6
"""Calls from where a way begins to the one that waits."""
_ON_THE_LOOP = ("__init__", "setup", "dispatch", "http_method_not_allowed")
"""Methods of an async class view that Django calls without a thread, though they are sync."""
_HANDLERS = ("get", "post", "put", "patch", "delete", "head", "options", "dispatch")
_CONSUMERS = "channels."
_THREADED_CONSUMERS = ("SyncConsumer", "WebsocketConsumer", "JsonWebsocketConsumer")


@dataclass(frozen=True, slots=True)
class Called:
    """What Django calls: a view, a middleware, a signal's receiver, a context processor.

    `is_async`: whether a view is awaited, or a middleware runs on the loop.
    """

    role: str
    name: str
    file: str
    line: int
    is_async: bool = False
    signals: tuple[str, ...] = ()


class Link(NamedTuple):
    """A function on a way, and the line on which it calls the next one."""

    function: Function
    line: int


class Found(NamedTuple):
    """A call that waits, and the way to it."""

    wait: Wait
    function: Function
    """In which it stands."""
    start: str
    """What the way begins with: `view shop.views.page`."""
    way: tuple[Link, ...]
    """The functions before it, from the outermost."""


class _Seed(NamedTuple):
    function: Function
    owner: Class | None
    start: str


class Ways:
    """Over one project."""

    def __init__(
        self,
        index: SourceIndex,
        bodies: FunctionBodies,
        called: Iterable[Called],
        tags: TemplateTags | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self._index, self._bodies = index, bodies
        self._called = list(called)
        self._tags = tags
        self._deadline = deadline
        self.is_cut_short = False
        """Whether the deadline came before the end."""
        self._met: set[tuple[int, int]] = set()
        self._in_threads: set[int] = set()
        """Async code of middleware that Django runs in a thread with this chain, by its sync side."""
        self.starts: dict[int, str] = {}
        """What reaches each function that runs on the loop, by the function's id."""

    def on_the_loop(self) -> Iterator[Found]:
        """Those of views, middleware, receivers and consumers first, then those of any other `async def`."""
        yield from self._follow(self._named_seeds(), follows_async=True)
        rest = (
            _Seed(each, each.cls, f"async def {each.module.name}.{each.short_name}")
            for each in self._index.functions()
            if each.is_async and not each.module.is_command and not self._was_met(each)
        )
        yield from self._follow(rest, follows_async=True)

    def of_sync_views(self) -> Iterator[Found]:
        """What views that run in a thread call."""
        self._met = set()
        views = [each for each in self._called if each.role == "view" and not each.is_async]
        seeds = (
            _Seed(function, owner, f"view {each.name}")
            for each in views
            for function, owner in self._entered(each)
            if not function.is_async
        )
        yield from self._follow(seeds, follows_async=False)

    def _was_met(self, function: Function) -> bool:
        return id(function) in self.starts or id(function) in self._in_threads

    def _named_seeds(self) -> Iterator[_Seed]:
        for each in self._called:
            for function, owner in self._entered(each):
                if each.role == "middleware" and not each.is_async:
                    self._in_threads.add(id(function))
                    continue
                loop = function.is_async or (each.is_async and owner is not None and function.node.name in _ON_THE_LOOP)
                if loop and each.role != "context processor":
                    yield _Seed(function, owner, f"{each.role} {each.name}")
        for cls in self._index.classes():
            above = [base for base in self._index.lineage(cls) if isinstance(base, str) and base.startswith(_CONSUMERS)]
            if above and not any(base.rpartition(".")[2] in _THREADED_CONSUMERS for base in above):
                for method in cls.methods.values():
                    if method.is_async:
                        yield _Seed(method, cls, f"consumer {cls.name}")

    def _entered(self, called: Called) -> Iterator[tuple[Function, Class | None]]:
        """The functions through which Django gets into it."""
        found = self._index.at(called.file, called.line)
        if isinstance(found, Class):
            names = dict.fromkeys(
                name for each in self._index.lineage(found) if isinstance(each, Class) for name in each.methods
            )
            for name in names:
                method = self._index.method(found, name)
                if method is not None and (method.is_async or name in _ON_THE_LOOP or name in _HANDLERS):
                    yield method, found
        elif found is not None:
            yield found, found.cls
            if called.role == "middleware":
                # by what they stand in: the sync one and the async one of a factory have the same name
                yield from ((each, None) for each in found.module.functions if each.outer is found)

    def _follow(self, seeds: Iterable[_Seed], *, follows_async: bool) -> Iterator[Found]:
        """Breadth first, so that each function is come to by its shortest way; once for each class of its `self`."""
        todo: deque[tuple[_Seed, tuple[Link, ...]]] = deque()
        for seed in seeds:
            key = (id(seed.function), id(seed.owner))
            if key not in self._met:
                self._met.add(key)
                todo.append((seed, ()))
        while todo:
            if self._deadline is not None and self._deadline.has_passed:
                self.is_cut_short = True
                return
            seed, way = todo.popleft()
            self.starts.setdefault(id(seed.function), seed.start)
            body = self._bodies.of(seed.function, seed.owner)
            for act in body.acts if body else ():
                if isinstance(act, Wait):
                    yield Found(act, seed.function, seed.start, way)
                    continue
                for step in self._steps(act):
                    key = (id(step.function), id(step.owner))
                    is_followed = follows_async or not step.function.is_async
                    if key in self._met or not is_followed or len(way) >= DEEPEST:
                        continue
                    self._met.add(key)
                    onward = _Seed(step.function, step.owner, seed.start)
                    todo.append((onward, (*way, Link(seed.function, step.line))))

    def _steps(self, act: Step | Sent | Rendered) -> Iterator[Step]:
        if isinstance(act, Step):
            yield act
            return
        if isinstance(act, Rendered):
            for function in self._tags.called_by(act.template) if act.template and self._tags else ():
                yield Step(act.line, function, None)
        role = "receiver" if isinstance(act, Sent) else "context processor"
        for each in self._called:
            if each.role == role and (act.with_request if isinstance(act, Rendered) else act.signal in each.signals):
                for function, owner in self._entered(each):
                    if not function.is_async:
                        yield Step(act.line, function, owner)
