"""Every resume and suspend of a request's coroutines, seen by a proxy around each of them.

A task factory wraps the coroutine of every task that is created inside a request. The proxy is a Coroutine by
its methods and not an `async def` around it: so a task that is cancelled before its first step, and the stack
of a running one, look as they would without us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from time import monotonic_ns, thread_time_ns
from typing import Any

from server_targets.probe.current import CURRENT
from server_targets.probe.lanes import Stay
from server_targets.probe.records import Kind, place
from server_targets.probe.reporter import Reporter

STEP_START, STEP_END = place(0, Kind.STEP_START), place(0, Kind.STEP_END)


class Steps(Coroutine[Any, Any, Any]):
    """A coroutine that belongs to a request; behaves as the one it wraps, and records when it runs."""

    __slots__ = ("__weakref__", "_coroutine", "_end_place", "_lane", "_reporter", "_request", "_start_place", "_write")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], request: int, reporter: Reporter) -> None:
        self._coroutine = coroutine
        self._request = request
        self._reporter = reporter
        self._write = reporter.write
        self._lane: Stay | None = None  # known at the first step: it may run on another thread's loop

    def send(self, value: Any) -> Any:
        """Resume the coroutine: one step."""
        lane = self._lane or self._find_lane()
        if lane.request:  # an eagerly started task: its step is part of the one that is open
            return self._coroutine.send(value)
        lane.since_ns = start_ns = monotonic_ns()
        lane.request = self._request
        self._write(start_ns, 0, self._request, self._start_place)
        try:
            return self._coroutine.send(value)
        finally:
            lane.request = 0
            self._write(monotonic_ns(), _cpu_of_sampled(lane) if lane.sampled else 0, self._request, self._end_place)

    def throw(self, *error: Any) -> Any:
        """Resume the coroutine with an exception: one step too."""
        lane = self._lane or self._find_lane()
        if lane.request:
            return self._coroutine.throw(*error)
        lane.since_ns = start_ns = monotonic_ns()
        lane.request = self._request
        self._write(start_ns, 0, self._request, self._start_place)
        try:
            return self._coroutine.throw(*error)
        finally:
            lane.request = 0
            self._write(monotonic_ns(), _cpu_of_sampled(lane) if lane.sampled else 0, self._request, self._end_place)

    def _find_lane(self) -> Stay:
        self._lane = lane = self._reporter.lanes.of_running_loop()
        self._start_place = lane.lane | STEP_START
        self._end_place = lane.lane | STEP_END
        return lane

    def close(self) -> None:
        """Close the coroutine."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self

    __iter__ = __await__

    def __next__(self) -> Any:
        return self.send(None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)

    def __repr__(self) -> str:
        return repr(self._coroutine)


def _cpu_of_sampled(lane: Stay) -> int:
    """The calling thread's CPU clock, read only for steps that the sampler has looked at."""
    lane.sampled = False
    return thread_time_ns()


def follow_tasks(loop: asyncio.AbstractEventLoop, reporter: Reporter) -> None:
    """Wrap the coroutines of all tasks created on `loop` inside a request; a factory already set is kept."""
    earlier: Callable[..., Any] = loop.get_task_factory() or asyncio.Task
    if getattr(earlier, "follows_requests", False):
        return
    bare = earlier is asyncio.Task

    def create(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        if (request := CURRENT.get()) and not isinstance(coroutine, Steps):
            coroutine = Steps(coroutine, request, reporter)
        return asyncio.Task(coroutine, loop=loop, **options) if bare else earlier(loop, coroutine, **options)

    create.follows_requests = True  # type: ignore[attr-defined]
    loop.set_task_factory(create)
