"""Every resume and suspend of a request's coroutines, seen by a wrapper around each of them.

A task factory wraps the coroutine of every task that is created inside a request. The steps are recorded by a
generator, since resuming one costs no call of a Python function, and it is primed: so a task that is cancelled
before its first step behaves as it would without us. `TracedCoroutine` lends it the looks of a coroutine.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Generator
from time import monotonic_ns
from typing import TYPE_CHECKING, Any
from weakref import ref

from asgi_vs_wsgi.server_targets.probe.hooks.own_work import LASTS_NS, STEP, end_step, pause_own_work
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder, Unbegun


class Suspension:
    """A coroutine of a request that is suspended, and since when; does not keep it."""

    __slots__ = ("coroutine", "request", "since_ns", "slot")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], request: int, slot: LaneSlot) -> None:
        self.request, self.slot, self.since_ns = request, slot, 0
        try:
            self.coroutine: Callable[[], Any] = ref(coroutine)
        except TypeError:  # of a type that cannot be referred to weakly
            self.coroutine = _nothing


def _nothing() -> None:
    """In place of a coroutine."""


class TracedCoroutine:
    """A coroutine that belongs to a request; behaves as the one it wraps, and records when it runs."""

    __slots__ = ("__weakref__", "_coroutine", "_steps", "send", "throw")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        request: int,
        recorder: Recorder,
        slot: LaneSlot | None = None,
        unbegun: Unbegun | None = None,
    ) -> None:
        """`slot`: that of the loop which the coroutine will run on, where that is known already.

        `unbegun` is called with the error where it ends before its first step.
        """
        self._coroutine = coroutine
        self._steps = _recorded(coroutine, request, recorder, slot, unbegun)
        next(self._steps)
        self.send = self._steps.send
        self.throw = self._steps.throw

    def close(self) -> None:
        """Close the coroutine."""
        self._coroutine.close()
        self._steps.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)

    def __repr__(self) -> str:
        return repr(self._coroutine)


Coroutine.register(
    TracedCoroutine
)  # not a base class: its abstract `send` would stand in the way of the generator's own


def _recorded(
    coroutine: Coroutine[Any, Any, Any],
    request: int,
    recorder: Recorder,
    slot: LaneSlot | None,
    unbegun: Unbegun | None,
) -> Generator[Any, Any, Any]:
    """Run `coroutine` and record every step when it is over; what comes in and goes out is handed on as it is.

    One record for most steps, since each costs as much as a call of a method. A step that lasts is met by the
    sampler, which records that it has begun; so a loop that is held can be seen while it is held.
    """
    send, write = coroutine.send, recorder.write
    value, error = None, None
    try:
        value = yield  # primed up to here
    except GeneratorExit as forgotten:
        if unbegun:
            unbegun(forgotten)
        return  # never begun: the coroutine warns of that by itself
    except BaseException as thrown:  # noqa: BLE001 - it is the coroutine's, which is thrown it
        error = thrown
        if unbegun:
            unbegun(thrown)
    slot = slot or recorder.lanes.of_running_loop()
    step = slot.lane | STEP
    suspension, suspensions = None, recorder.suspensions
    try:
        while True:
            held_by = slot.request
            nested = held_by and held_by != OWN_WORK  # an eagerly started task: its step is part of the open one
            if not nested:
                start_ns = monotonic_ns()
                if held_by and (slot.sampled or start_ns - slot.since_ns >= LASTS_NS):
                    pause_own_work(slot, start_ns, write)
                slot.since_ns = start_ns
                slot.request = request
            try:
                wanted = send(value) if error is None else coroutine.throw(error)
            except StopIteration as stop:
                return stop.value
            finally:
                error = None  # its traceback refers to this frame
                end_ns = monotonic_ns()
                if not nested:
                    slot.request = 0
                    if slot.sampled:
                        end_step(slot, start_ns, end_ns, request, write)
                    else:
                        write(start_ns, end_ns, request, step)
                    if slot.own_work:
                        slot.since_ns = end_ns
                        slot.request = OWN_WORK
            if suspension is None:
                suspension = Suspension(coroutine, request, slot)
                suspensions[id(suspension)] = suspension
            suspension.since_ns = end_ns
            try:
                value = yield wanted
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - as above
                error = thrown
    finally:
        if suspension is not None:
            suspensions.pop(id(suspension), None)


def follow_tasks(loop: asyncio.AbstractEventLoop, recorder: Recorder) -> None:
    """Wrap the coroutines of all tasks created inside a request on the running `loop`; its own factory is kept."""
    earlier: Callable[..., Any] = loop.get_task_factory() or asyncio.Task
    if getattr(earlier, "follows_requests", False):
        return
    bare = earlier is asyncio.Task
    slot = recorder.lanes.of_running_loop()
    listen, hand_over = _bookkeeping()
    followed = recorder.steps_type

    def create(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        context = options.get("context") if options else None
        request = CURRENT.get() if context is None else context.get(CURRENT, 0)
        if request and type(coroutine) is not followed:
            code = getattr(coroutine, "cr_code", None)
            if code is not listen and code is not hand_over:  # by identity: a code object's hash is slow
                coroutine = recorder.steps(coroutine, request, slot)
        return asyncio.Task(coroutine, loop=loop, **options) if bare else earlier(loop, coroutine, **options)

    create.follows_requests = True  # type: ignore[attr-defined]
    loop.set_task_factory(create)


def _bookkeeping() -> tuple[object, object]:
    """The code of two tasks that Django and asgiref start beside every request, running nothing of the project's.

    The one hears of a client that leaves, the other hands a call to a thread, where it is followed. They run for
    microseconds, and to follow them would cost as much as to follow the view.
    """
    handlers, sync = sys.modules.get("django.core.handlers.asgi"), sys.modules.get("asgiref.sync")
    methods = (
        (getattr(handlers, "ASGIHandler", object), "listen_for_disconnect"),
        (getattr(sync, "SyncToAsync", object), "__call__"),
    )
    listen, hand_over = (getattr(vars(owner).get(name), "__code__", _bookkeeping) for owner, name in methods)
    return listen, hand_over
