"""What a server's event loop runs that is no step of a request: background tasks, callbacks, timers, the server itself.

Whoever is suspended there waits for that too, so whatever of it lasts is recorded as a step under a number of its own;
on a loop that was made for one request alone, as a step of that request.

    a loop with a selector   outside its poll and outside every step is the loop's own work: one hook for all of it
    any other loop (uvloop)  its callbacks are wrapped as they are scheduled, but for the steps of a request's tasks;
                             and what it calls of a protocol that is made from then on, but for the server's own

Threads that a view starts itself (`threading.Thread`): known from their first moment to their last.

What they do is found by looking from beside (sampling.own_threads), as it is for those that nobody tells of. Here only
that they are the view's is noted, and, at their end, what CPU they have used that no look has told of.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import thread as pools
from contextvars import Context
from threading import Thread, get_ident, get_native_id
from time import monotonic_ns, thread_time_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import patched
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    LONGEST_CALL_NS,
    OWN_THREAD,
    OWN_WORK,
    Crossing,
    Kind,
    pack_call,
    pack_header,
)
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import tell_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

LASTS_NS = 1_000_000
"""What is over sooner is not recorded: between any two steps of a busy server there is some of it."""

STEP, STEP_END = pack_header(0, Kind.STEP), pack_header(0, Kind.STEP_END)
SCHEDULED_AT = {
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "call_at": 1,
    "add_reader": 1,
    "add_writer": 1,
    "add_signal_handler": 1,
}
"""Methods of a loop to the place of the callback among their arguments."""
MAKING_PROTOCOLS = (
    *("create_datagram_endpoint", "create_connection", "create_unix_connection", "connect_accepted_socket"),
    *("connect_read_pipe", "connect_write_pipe", "subprocess_exec", "subprocess_shell"),
)
"""Methods of a loop whose first argument makes the protocol of a transport. Servers make theirs by others, and what
they read by it is what they are there for."""
OF_PROTOCOLS = (
    *("connection_made", "connection_lost", "data_received", "eof_received", "datagram_received", "error_received"),
    *("get_buffer", "buffer_updated"),
    *("pipe_data_received", "pipe_connection_lost", "process_exited", "pause_writing", "resume_writing"),
)
"""What a loop calls of one, without having been asked to."""


def follow_own_work(loop: asyncio.AbstractEventLoop, slot: LaneSlot, recorder: Recorder) -> None:
    """Listen to this one loop, which runs on the calling thread now; a loop that takes no hook is left as it is."""
    selector = getattr(loop, "_selector", None)
    select = getattr(selector, "select", None)
    polled = callable(select) and _put(selector, "select", recorder.poll(select, slot))
    if polled:
        resume_own_work(slot, monotonic_ns())
        slot.own_work = True
        return
    for name, place in SCHEDULED_AT.items():
        schedule = getattr(loop, name, None)
        if callable(schedule):
            _put(loop, name, recorder.schedule(schedule, slot, place))
    follow = recorder.schedule(_itself, slot, 0)
    for name in MAKING_PROTOCOLS:
        make = getattr(loop, name, None)
        if callable(make):
            _put(loop, name, with_followed_protocol(make, follow))
    start_tls = getattr(loop, "start_tls", None)
    if callable(start_tls):
        _put(loop, "start_tls", with_followed_reader(start_tls, follow))


def _itself(callback: Any) -> Any:
    return callback


def with_followed_protocol(make: Callable[..., Any], follow: Callable[[Any], Any]) -> Callable[..., Any]:
    """A loop's `create_datagram_endpoint` and its like; `follow` wraps one callback.

    asyncio's own protocols (those of its streams) are left alone: they wake whoever reads, and no more.
    """

    def make_followed(protocol_factory: Any, *given: Any, **named: Any) -> Any:
        def factory() -> Any:
            protocol = protocol_factory()
            _follow_protocol(protocol, follow)
            return protocol

        return make(factory if callable(protocol_factory) else protocol_factory, *given, **named)

    return make_followed


def with_followed_reader(start_tls: Callable[..., Any], follow: Callable[[Any], Any]) -> Callable[..., Any]:
    """A loop's `start_tls`, which is given the protocol that reads from then on; one it had made itself is followed."""

    def start_tls_followed(transport: Any, protocol: Any, *given: Any, **named: Any) -> Any:
        _follow_protocol(protocol, follow)
        return start_tls(transport, protocol, *given, **named)

    return start_tls_followed


def _follow_protocol(protocol: Any, follow: Callable[[Any], Any]) -> None:
    """Until its connection is lost: then it is as it was, so that it does not keep itself alive."""
    if str(getattr(type(protocol), "__module__", "")).startswith("asyncio."):
        return
    kept = getattr(protocol, "__dict__", {})
    names = [name for name in OF_PROTOCOLS if name not in kept and callable(getattr(type(protocol), name, None))]
    put = [name for name in names if _put(protocol, name, follow(getattr(protocol, name)))]
    if "connection_lost" not in put:
        return
    lost = protocol.connection_lost

    def lost_followed(*given: Any) -> Any:
        for name in put:
            kept.pop(name, None)
        return lost(*given)

    protocol.connection_lost = lost_followed


def _put(owner: Any, name: str, hook: Any) -> bool:
    """On the object alone, not on its class; one without room for it keeps what it has."""
    try:
        setattr(owner, name, hook)
    except (AttributeError, TypeError):
        return False
    return True


def resume_own_work(slot: LaneSlot, at_ns: int) -> None:
    """The loop's own work begins, or goes on where a step has ended."""
    if not slot.request:
        slot.since_ns = at_ns
        slot.request = OWN_WORK


def pause_own_work(slot: LaneSlot, end_ns: int, write: Write) -> None:
    """It is over, or a step begins in it."""
    slot.request = 0
    if slot.works_for:
        end_step(slot, slot.since_ns, end_ns, slot.works_for, write, LASTS_NS)


def end_step(slot: LaneSlot, start_ns: int, end_ns: int, request: int, write: Write, least_ns: int = 0) -> None:
    """Record a step that is over and lasted so long; one that the sampler has met with the CPU clock, and as a whole in
    case its own word comes late."""
    if slot.sampled:
        slot.sampled = False
        slot.since_cpu_ns = thread_time_ns()  # the next step that lasts began at no less
        write(end_ns, slot.since_cpu_ns, request, slot.lane | STEP_END)
    elif end_ns - start_ns < least_ns:
        return
    write(start_ns, end_ns, request, slot.lane | STEP)


def followed_poll(select: Callable[..., Any], slot: LaneSlot, write: Write) -> Callable[..., Any]:
    """A selector's `select`, outside which the loop of `slot` works. Loops call it between any two turns."""

    def select_followed(*given: Any, **named: Any) -> Any:
        slot.own_work = False
        if slot.request == OWN_WORK:
            end_ns = monotonic_ns()
            if slot.sampled or end_ns - slot.since_ns >= LASTS_NS:
                pause_own_work(slot, end_ns, write)
            slot.request = 0
        try:
            return select(*given, **named)
        finally:
            slot.own_work = True
            if not slot.request:
                slot.since_ns = monotonic_ns()
                slot.request = OWN_WORK

    return select_followed


def followed_schedule(schedule: Callable[..., Any], slot: LaneSlot, place: int, write: Write) -> Callable[..., Any]:
    """A loop's `call_soon` and its like."""

    def schedule_followed(*given: Any, **named: Any) -> Any:
        if len(given) <= place or _is_followed(given[place], named.get("context")):
            return schedule(*given, **named)
        followed = FollowedCallback(given[place], slot, write)
        return schedule(*given[:place], followed, *given[place + 1 :], **named)

    return schedule_followed


def _is_followed(callback: Any, context: Any) -> bool:
    """Whether what it does is recorded already: a request's task goes on by it, whose steps are."""
    kind = type(callback)
    if kind is FollowedCallback:
        return True
    if kind.__name__ != "TaskStepMethWrapper" and not isinstance(getattr(callback, "__self__", None), asyncio.Task):
        return False
    return bool(context.get(CURRENT, 0) if type(context) is Context else CURRENT.get())


class FollowedCallback:
    """A callback of a loop, recorded if it lasts; shows itself as the one that it calls."""

    __slots__ = ("__wrapped__", "_slot", "_write")

    def __init__(self, callback: Callable[..., Any], slot: LaneSlot, write: Write) -> None:
        self.__wrapped__ = callback
        self._slot, self._write = slot, write

    def __call__(self, *given: Any) -> Any:
        slot = self._slot
        if slot.request:  # within a step, or within another (a loop that is run from within itself)
            return self.__wrapped__(*given)
        slot.since_ns = monotonic_ns()
        slot.request, slot.own_work = OWN_WORK, True
        try:
            return self.__wrapped__(*given)
        finally:
            slot.own_work = False
            if slot.request:
                pause_own_work(slot, monotonic_ns(), self._write)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)


WORTH_TELLING_NS = 100_000
"""Of CPU: to start a thread and end it takes about as much."""

THREAD, THREAD_END = pack_header(0, Kind.THREAD, Crossing.THREAD), pack_header(0, Kind.THREAD_END)
_IN_POOL = getattr(pools, "_worker", None)
"""What a thread of an executor runs; its calls are followed one by one."""


def follow_own_threads(recorder: Recorder) -> None:
    """Patch the beginning and the end of threads, for the whole process; under gevent they are greenlets."""
    if not patched():
        follow_class(Thread, recorder)


def follow_class(threads: Any, recorder: Recorder) -> None:
    """The same for one class of threads."""
    start, run = threads.start, getattr(threads, "_bootstrap_inner", None)
    if run is None:
        return
    starting: set[int] = set()
    """Who is about to run: `start` waits until it does."""

    def start_followed(self: Any) -> None:
        target = getattr(self, "_target", None)
        if target is _IN_POOL or not CURRENT.get() or _is_asgirefs(target):
            start(self)
            return
        starting.add(id(self))
        try:
            start(self)
        finally:
            starting.discard(id(self))

    threads.start, threads._bootstrap_inner = start_followed, followed_run(run, starting, recorder)


def _is_asgirefs(target: Any) -> bool:
    """A thread that asgiref starts for each request to wait for the end of an executor's."""
    module = getattr(target, "__module__", None)
    return isinstance(module, str) and module.startswith("asgiref.")


def followed_run(run: Callable[[Any], None], starting: set[int], recorder: Recorder) -> Callable[[Any], None]:
    """What a thread runs, from its first moment to its last; those that are `starting` are the view's own."""
    write, lanes = recorder.write, recorder.lanes

    def run_followed(self: Any) -> None:
        if id(self) not in starting:
            run(self)
            return
        tid = get_native_id()
        lanes.add_own(get_ident(), tid, monotonic_ns(), thread_time_ns())
        try:
            run(self)
        finally:
            if slot := lanes.drop_own(tid):
                end_own_thread(slot, monotonic_ns(), thread_time_ns(), write)
                lanes.free_own.append(slot)

    return run_followed


def end_own_thread(slot: LaneSlot, end_ns: int, cpu_ns: int, write: Write) -> None:
    """Record what it has done since it was last told of."""
    took_ns, used_ns = end_ns - slot.since_ns, cpu_ns - slot.since_cpu_ns
    if slot.request or (used_ns >= WORTH_TELLING_NS and took_ns > LONGEST_CALL_NS):
        slot.request = 0
        tell_call(slot, OWN_THREAD, slot.since_ns, write)  # the sampler's own word of it may come late, or not at all
        write(end_ns, cpu_ns, OWN_THREAD, slot.lane | THREAD_END)
    elif used_ns >= WORTH_TELLING_NS:
        write(slot.since_ns, pack_call(took_ns, used_ns), OWN_THREAD, slot.lane | THREAD)
    slot.since_ns, slot.since_cpu_ns = end_ns, cpu_ns
