"""Where a request's code leaves its loop for a thread, or a thread for a loop: hops, and the slots in threads.

Every way from a loop to a thread ends in an executor's `submit`: sync_to_async, asyncio.to_thread,
run_in_executor. So that is where the request is noted, and the call that the thread makes is wrapped. The way
back is asgiref's AsyncToSync, which runs a coroutine on the loop it came from or on a one-off loop.

A pool that a view hands a call to from its own thread has threads of the view's own. The request waits for them, or
does not, and what they do is not its time.

Under gevent a pool's threads are greenlets, and one-off loops run in such: all of that are turns on the hub's thread,
which are recorded as turns (hooks.greenlets). The real threads of gevent's own pool are recorded as threads.
"""

from __future__ import annotations

import asyncio
from asyncio import _get_running_loop as running_loop  # the public one raises where there is none
from concurrent.futures import ThreadPoolExecutor
from functools import partial, update_wrapper
from time import monotonic_ns, thread_time_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import get_ident, get_native_id, patched
from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import follow_tasks
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import follow_own_work, pause_own_work
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    LONGEST_CALL_NS,
    OWN_THREAD,
    Crossing,
    Kind,
    WayBack,
    pack_header,
)
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import tell_call
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import hands_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

FROM_THREAD, FROM_LOOP = (pack_header(0, Kind.THREAD, crossing) for crossing in (Crossing.THREAD, Crossing.LOOP))
THREAD_END = pack_header(0, Kind.THREAD_END)
WAITS, GOES_ON = (pack_header(0, Kind.HOP, way) for way in (WayBack.WAITS, WayBack.GOES_ON))


_ASKED = "_asked_for"
"""On asgiref's executor of a thread that waits for a coroutine: whether the thread's code has asked for that itself."""


def follow_threads(recorder: Recorder) -> None:
    """Patch the places where code changes thread, for the whole process."""
    _follow_submits(ThreadPoolExecutor, recorder, own=True)
    if patched():
        _follow_real_threads(recorder)
    try:
        from asgiref.current_thread_executor import CurrentThreadExecutor
        from asgiref.sync import AsyncToSync
    except ImportError:  # a project without asgiref: nobody crosses by it
        return
    _follow_submits(CurrentThreadExecutor, recorder, own=False)
    _follow_ways_back(AsyncToSync, recorder)


def _follow_submits(executor: Any, recorder: Recorder, *, own: bool) -> None:
    """`own`: its threads may be a view's own; not those of asgiref, where the thread that waits makes the call."""
    if patched():
        executor.submit = followed_by_turns(executor.submit, recorder, lends=own)
    else:
        executor.submit = followed_submit(executor.submit, recorder, own=own)


def _follow_real_threads(recorder: Recorder) -> None:
    from gevent.threadpool import ThreadPool

    followed = followed_by_turns(ThreadPool.spawn, recorder)

    def spawn(self: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # gevent's names, to be called by
        return followed(self, func, *args, **kwargs)

    ThreadPool.spawn = spawn


def followed_submit(submit: Callable[..., Any], recorder: Recorder, *, own: bool = False) -> Callable[..., Any]:
    """An executor's `submit` that records, in their threads, the calls which a request hands over.

    `own`: where a thread hands it over, and no loop, the executor's threads are the view's own.
    """
    begin, end = recorder.begin_call, recorder.end_call

    def submit_followed(self: Any, call: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
        request = CURRENT.get()
        if not request:
            return submit(self, call, *args, **options)
        from_loop, follows = running_loop() is not None, recorder.followed
        if follows is not None:
            if from_loop:
                follows.crosses(call, to_loop=False)
            followed, call = call, follows.traced(call)
            if followed is asyncio.run:
                return submit(self, call, *args, **options)
        if call is asyncio.run:  # a one-off loop, followed by its steps
            return submit(self, call, *args, **options)
        if own and not from_loop:
            request = OWN_THREAD
        in_thread = asked_call if not own and getattr(self, _ASKED, False) else followed_call
        # A partial is two objects, a closure seven: each is made and visited by the collector at every call.
        return submit(self, partial(in_thread, begin, end, request, from_loop, call), *args, **options)

    return submit_followed


def followed_call(
    begin: Callable[[int, int], LaneSlot],
    end: Callable[[LaneSlot], None],
    request: int,
    crossing: int,
    call: Callable[..., Any],
    /,
    *args: Any,
    **options: Any,
) -> Any:
    """In the executor's thread."""
    slot = begin(request, crossing)
    try:
        return call(*args, **options)
    finally:
        end(slot)


def asked_call(
    begin: Callable[[int, int], LaneSlot],
    end: Callable[[LaneSlot], None],
    request: int,
    crossing: int,
    call: Callable[..., Any],
    /,
    *args: Any,
    **options: Any,
) -> Any:
    """The same where the thread waits for what it has called itself: whoever did is told with it, by his line, since
    this code is not followed_call's."""
    slot = begin(request, crossing)
    try:
        return call(*args, **options)
    finally:
        end(slot)


def followed_by_turns(submit: Callable[..., Any], recorder: Recorder, *, lends: bool = True) -> Callable[..., Any]:
    """The same in a process of greenlets, where most executors' threads take turns on the hub's.

    `lends`: its threads are nobody's; not those of asgiref, where the thread that waits makes the call meanwhile.
    """
    write, begin, end = recorder.write, recorder.begin_call, recorder.end_call

    def submit_followed(self: Any, call: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
        request, greenlets = CURRENT.get(), recorder.greenlets
        if not request or greenlets is None:
            return submit(self, call, *args, **options)
        from_loop = greenlets.in_loop()

        def followed(*args: Any, **options: Any) -> Any:
            if greenlets.here():
                if from_loop:
                    write(monotonic_ns(), 0, request, WAITS)
                return greenlets.lend(request, call, args, options) if lends else call(*args, **options)
            if call is asyncio.run:  # a one-off loop, followed by its steps
                return call(*args, **options)
            slot = begin(request, from_loop)
            try:
                return call(*args, **options)
            finally:
                end(slot)

        update_wrapper(followed, call, updated=())  # gevent tells of a call that failed by its name
        return submit(self, followed, *args, **options)

    return submit_followed


def calls_in_threads(lanes: Lanes, write: Write) -> tuple[Callable[[int, int], LaneSlot], Callable[[LaneSlot], None]]:
    """The two ends of a call in Python (Recorder.begin_call and end_call).

    A request on an event loop makes as many calls as it crosses, so both are one function each: what they would call
    (Lanes.enter, Lanes.leave, pack_call) stands in them, as long as the calling thread is in no other call.
    """
    enter, leave, free, slots, serve = lanes.enter, lanes.leave, lanes.free, lanes.slots, lanes.served.add

    def begin_call(request: int, crossing: int) -> LaneSlot:
        """The calling thread is where the request is now."""
        start_ns, thread = monotonic_ns(), get_ident()
        if thread in slots:
            return enter(request, start_ns, thread_time_ns(), crossing)
        try:
            slot = free.pop()
        except IndexError:
            slot = lanes.add()
        slot.thread_id, slot.tid = thread, get_native_id()
        serve(slot.tid)
        slot.sampled, slot.since_cpu_ns, slot.crossing = False, thread_time_ns(), crossing
        slot.since_ns, slot.request = start_ns, request
        slots[thread] = slot
        return slot

    def end_call(slot: LaneSlot) -> None:
        """The call of `slot` is over: one record for it, or its end where its beginning was told."""
        end_ns, cpu_ns, since_ns = monotonic_ns(), thread_time_ns(), slot.since_ns
        took_ns = end_ns - since_ns
        if slot.sampled or took_ns > LONGEST_CALL_NS:
            tell_call(slot, slot.request, since_ns, write)  # the sampler's own word of it may come late
            write(end_ns, cpu_ns, slot.request, slot.lane | THREAD_END)
        else:
            used_ns = cpu_ns - slot.since_cpu_ns
            value = took_ns << 32 | (used_ns if used_ns < took_ns else took_ns)
            write(since_ns, value, slot.request, slot.lane | (FROM_LOOP if slot.crossing else FROM_THREAD))
        thread = slot.thread_id
        if slot.outer is None and slots.get(thread) is slot:
            slot.request = 0
            slots.pop(thread, None)
            free.append(slot)
        else:
            leave(slot)

    return begin_call, end_call


def _follow_ways_back(async_to_sync: Any, recorder: Recorder) -> None:
    main_wrap = async_to_sync.main_wrap

    def main_wrap_followed(self: Any, *args: Any, **options: Any) -> Any:
        coroutine = main_wrap(self, *args, **options)
        request = CURRENT.get()
        if not request:
            return coroutine
        if (waiting := getattr(getattr(self, "executors", None), "current", None)) is not None:
            setattr(waiting, _ASKED, not _is_djangos_chain(self))
        slot = recorder.lanes.slots.get(get_ident())
        lane = slot.lane if slot is not None and slot.request == request else 0
        recorder.write(monotonic_ns(), 0, request, lane | WAITS)
        if recorder.followed is not None:
            recorder.followed.crosses(self, to_loop=True)
        if recorder.greenlets is not None and recorder.greenlets.here():
            return coroutine
        return recorder.steps(_on_its_loop(coroutine, recorder, request, lane), request)

    async_to_sync.main_wrap = main_wrap_followed


def _is_djangos_chain(async_to_sync: Any) -> bool:
    """Whether it is the rest of the chain of middlewares, and the view, that a sync middleware calls so."""
    code = getattr(getattr(async_to_sync, "awaitable", None), "__code__", None)
    return code is not None and hands_on(code)


async def _on_its_loop(coroutine: Any, recorder: Recorder, request: int, lane: int) -> Any:
    """Await `coroutine` on a loop whose tasks are followed; whatever else a one-off loop does is the request's too, and
    its lane is given back.

    The thread on `lane` waits for it (0: it is not known which does).
    """
    loop = asyncio.get_running_loop()
    one_off = not getattr(loop.get_task_factory(), "follows_requests", False)
    if one_off:
        follow_tasks(loop, recorder)
        slot = recorder.lanes.of_running_loop()
        slot.works_for = request
        recorder.loops[slot.lane] = loop
        follow_own_work(loop, slot, recorder)
    visit = recorder.followed
    if visit is not None:
        visit.is_on_loop(begins=True)
    try:
        return await coroutine
    finally:
        if visit is not None:
            visit.is_on_loop(begins=False)
        if lane:
            recorder.write(monotonic_ns(), 0, request, lane | GOES_ON)
        if one_off:
            loop.call_soon(_end_loop, slot, recorder)


def _end_loop(slot: LaneSlot, recorder: Recorder) -> None:
    """What the loop of `slot`, which runs on the calling thread, still does is its own end: nothing of it is told."""
    if slot.request:
        pause_own_work(slot, monotonic_ns(), recorder.write)
    slot.works_for = 0
    recorder.loops.pop(slot.lane, None)
    recorder.lanes.drop_loop()
