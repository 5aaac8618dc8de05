"""Requests that take turns on one thread as greenlets (gevent): who is on it when, from greenlet's own trace.

All greenlets of a thread share its clock and its frames, so neither tells whose turn it is. greenlet calls a trace
function at every switch (`greenlet.settrace`), which makes a turn exact. A turn is recorded as a step of an event loop
is: the hub is the loop, and a request that is not on the thread is suspended.

    whose turn it is    the context says: a greenlet has one of its own, and what a request starts (a greenlet, a
                        patched thread, a call in a pool of such threads) is given the request's number
    of no request       the hub's own work, between its polls: of its timers, of greenlets that no request has started
    on other threads    (gevent's pool of real ones) calls are recorded as in any thread
"""

from __future__ import annotations

import threading
from asyncio import _get_running_loop as running_loop  # the public one raises where there is none
from contextlib import suppress
from contextvars import Context
from time import monotonic_ns, thread_time_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import get_ident
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import LASTS_NS, end_step, pause_own_work
from asgi_vs_wsgi.server_targets.probe.protocol.records import CPU_UNKNOWN, OWN_WORK
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
from asgi_vs_wsgi.server_targets.probe.sampling.heartbeat import BEAT_S, start_heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder


class Greenlets:
    """The thread of a worker's hub, in place of the lanes that threads take."""

    def __init__(self, recorder: Recorder) -> None:
        """On the thread whose hub serves."""
        import gevent
        import greenlet

        self._write, self._lanes = recorder.write, recorder.lanes
        self._slot = recorder.lanes.add_own_loop()
        self._hub = gevent.get_hub()
        self._watchers = _watch_polls(self._hub.loop, self._slot, self._write)
        self._beat = self._hub.loop.timer(BEAT_S, BEAT_S, ref=False)
        start_heartbeat(
            lambda _, beat, due_ns: self._beat.again(beat, due_ns, update=True),
            recorder.write,
            recorder.look_meanwhile,
        )
        gevent.Greenlet.add_spawn_callback(inherit_request)
        self._settrace, self._gettrace = greenlet.settrace, greenlet.gettrace
        self._trace: Any = None
        self._listening: list[bool] = []
        self._listen()

    def here(self) -> bool:
        """Whether the calling thread is the hub's."""
        return get_ident() == self._slot.thread_id

    def in_loop(self) -> bool:
        """Whether the running greenlet runs an asyncio loop, which the thread's other greenlets take for theirs."""
        loop: Any = running_loop()
        return loop is not None and getattr(loop, "_thread_id", None) == threading.get_ident()  # as patched

    def cpu_ns(self) -> int:
        """The calling thread's CPU clock, unknown of the one that greenlets share."""
        return CPU_UNKNOWN if self.here() else thread_time_ns()

    def enter(self, request: int, since_ns: int) -> LaneSlot:
        """The running greenlet serves `request` from now on, as its context says; its first turn begins."""
        if not self.here():
            return self._lanes.enter(request, since_ns)
        if self._gettrace() is not self._trace:
            self._listen()
        turn_to(self._slot, request, since_ns, self._write)
        return self._slot

    def leave(self, slot: LaneSlot) -> None:
        """It is done, and the context that was its own says so."""
        if slot is self._slot:
            self._look_again()
        else:
            self._lanes.leave(slot)

    def lend(self, request: int, call: Callable[..., Any], args: Any, options: Any) -> Any:
        """Make the call for `request` in the running greenlet, which stands for a thread of a pool."""
        CURRENT.set(request)
        self._look_again()
        try:
            return call(*args, **options)
        finally:
            CURRENT.set(0)  # nobody's now: not even of the request by which that thread was started
            self._look_again()

    def _look_again(self) -> None:
        """Whose turn it is: the running greenlet's context has changed."""
        request = CURRENT.get() or OWN_WORK
        if self.here() and request != self._slot.request:
            turn_to(self._slot, request, monotonic_ns(), self._write)

    def _listen(self) -> None:
        """To switches, from now on; whoever listens already goes on to."""
        if self._trace is not None and not self._slot.sampled:
            self._slot.request = 0  # they were not heard since: nobody knows for how long it was whose turn
        self._listening.clear()
        current = self._gettrace()
        listening = getattr(current, "listening_to_turns", None)
        if listening is None:
            idle = None if self._watchers else self._hub
            current = _listener(self._slot, idle, current, listening := [], self._write)
            self._settrace(current)
        listening.append(True)
        self._trace, self._listening = current, listening
        self._look_again()


def _listener(slot: LaneSlot, idle: Any, earlier: Any, listening: list[bool], write: Write) -> Callable[..., None]:
    """A trace function for greenlet, which goes on to an `earlier` one.

    `idle`: the hub, where it may be in its poll as long as it has the turn. `listening` is empty where another one has
    taken over: this one may still be called, by somebody who has found it in the place that he has taken.
    """
    request_of_context = CURRENT.get

    def switched(event: str, greenlets: tuple[Any, Any]) -> None:
        if listening:
            request = request_of_context() or (OWN_WORK if idle is None or greenlets[1] is not idle else 0)
            turn_to(slot, request, monotonic_ns(), write)
        if earlier is not None:
            earlier(event, greenlets)

    switched.listening_to_turns = listening  # type: ignore[attr-defined]
    return switched


def turn_to(slot: LaneSlot, request: int, at_ns: int, write: Write) -> None:
    """Another turn has begun on the thread: of a request, of the hub's own work, or (0) of its poll."""
    earlier, slot.request = slot.request, 0
    if earlier == OWN_WORK:
        if slot.sampled or at_ns - slot.since_ns >= LASTS_NS:
            pause_own_work(slot, at_ns, write)
    elif earlier:
        end_step(slot, slot.since_ns, at_ns, earlier, write)
    slot.since_ns = at_ns
    slot.request = request


def _watch_polls(loop: Any, slot: LaneSlot, write: Write) -> list[Any]:
    """Have the hub's work end where its loop begins to poll, and begin where it has polled.

    None where the loop does not tell (libuv).
    """
    try:  # after all others that work before a poll, and before all that its outcome wakes
        before = loop.prepare(ref=False, priority=loop.MINPRI)
        after = loop.check(ref=False, priority=loop.MAXPRI)
    except TypeError:
        return []

    def polls() -> None:
        turn_to(slot, 0, monotonic_ns(), write)

    def has_polled() -> None:
        slot.since_ns = monotonic_ns()
        slot.request = OWN_WORK

    before.start(polls)
    after.start(has_polled)
    return [before, after]


def inherit_request(greenlet: Any) -> None:
    """Give a greenlet that a request starts a context that knows of it, in place of an empty one."""
    request = CURRENT.get()
    if request:
        with suppress(AttributeError, TypeError, ValueError):
            if greenlet.gr_context is None:
                context = Context()
                context.run(CURRENT.set, request)
                greenlet.gr_context = context
