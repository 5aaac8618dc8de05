"""Threads that a view starts itself (`threading.Thread`): known from their first moment to their last.

What they do is found by looking from beside (sampling.own_threads), as it is for those that nobody tells of. Here only
that they are the view's is noted, and, at their end, what CPU they have used that no look has told of.
"""

from __future__ import annotations

from concurrent.futures import thread as pools
from threading import Thread, get_ident, get_native_id
from time import monotonic_ns, thread_time_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import patched
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    LONGEST_CALL_NS,
    OWN_THREAD,
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
