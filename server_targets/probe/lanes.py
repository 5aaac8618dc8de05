"""Who is where: the lanes of a worker, and the stays of requests on them that the sampler looks at.

A lane is a place where one request at a time can be: lane 0 the worker's event loop, every other one a thread
that serves requests, or a one-off loop. They are lent for a stay, or while the loop runs, and used again: a record has
16 bits for a lane.
"""

from __future__ import annotations

import itertools
from threading import get_ident, get_native_id

from asgi_vs_wsgi.server_targets.probe.gevent_originals import original
from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE


class Stay:
    """A lane and the request that is there: one call in a thread, or the step that a loop is at."""

    __slots__ = ("crossing", "lane", "outer", "request", "sampled", "since_cpu_ns", "since_ns", "thread_id", "tid")

    def __init__(self, lane: int) -> None:
        self.lane = lane
        self.request = 0
        """0 while the lane is free."""
        self.since_ns = 0
        self.since_cpu_ns = 0
        """The thread's CPU clock then, CPU_UNKNOWN for a step and where the record of the beginning has told it."""
        self.crossing = 0
        """A call in a thread: from where; a Crossing."""
        self.sampled = False
        """The sampler has met the call or step."""
        self.thread_id = 0
        self.tid = 0
        """The kernel's id of the thread, 0 where nobody has asked for it yet (a system call for each stay)."""
        self.outer: Stay | None = None
        """The stay on the same thread that this one interrupts."""


class Lanes:
    """The lanes of this worker. Everything here relies on single dict and list operations being atomic."""

    def __init__(self, stay: type[Stay] = Stay) -> None:
        self._stay = stay
        self.stays: dict[int, Stay] = {}
        """Thread ident to the innermost stay of a request on that thread."""
        self.loops: dict[int, Stay] = {}
        """Thread ident to the stay of the event loop that runs there."""
        self.free: list[Stay] = []
        """Those of threads that can be lent again."""
        self._free_loop_lanes: list[int] = []
        """Of one-off loops that have ended. Apart from those of threads: what was a loop's lane once stays one."""
        self._numbers = itertools.count(MAIN_LOOP_LANE + 1)
        self._main_loop_taken = False

    def enter(self, request: int, since_ns: int, since_cpu_ns: int = 0, crossing: int = 0) -> Stay:
        """The calling thread starts to serve `request`; `leave` takes back what this returns."""
        try:
            stay = self.free.pop()
        except IndexError:
            stay = self.add()
        stay.thread_id = thread = get_ident()
        stay.tid, stay.sampled, stay.since_cpu_ns, stay.crossing = 0, False, since_cpu_ns, crossing
        stay.since_ns, stay.request = since_ns, request
        stay.outer = self.stays.get(thread)
        self.stays[thread] = stay
        return stay

    def leave(self, stay: Stay) -> None:
        """The stay is over; the one that it interrupted goes on."""
        stay.request = 0
        innermost = self.stays.get(stay.thread_id)
        if innermost is not stay:
            _take_out(innermost, stay)
        elif stay.outer is None:
            self.stays.pop(stay.thread_id, None)
        else:
            self.stays[stay.thread_id] = stay.outer
        stay.outer = None
        self.free.append(stay)

    def add(self) -> Stay:
        """A lane that there was not."""
        return self._stay(next(self._numbers))

    def of_running_loop(self) -> Stay:
        """The lane of the event loop that runs on the calling thread, made when first asked for."""
        stay = self.loops.get(get_ident())
        if stay is None:
            stay = self._add_loop()
        return stay

    def _add_loop(self) -> Stay:
        # A new stay each time, even for a lane that was lent before: a coroutine of the last loop may hold the old one.
        stay = self._stay(self._loop_lane())
        stay.thread_id, stay.tid = get_ident(), get_native_id()
        self.loops[stay.thread_id] = stay
        return stay

    def _loop_lane(self) -> int:
        """asgiref's one-off loops die with their thread; only the loop that the server runs is there for good."""
        if not self._main_loop_taken:
            self._main_loop_taken = True
            return MAIN_LOOP_LANE
        try:
            return self._free_loop_lanes.pop()
        except IndexError:
            return next(self._numbers)

    def add_own_loop(self) -> Stay:
        """A loop that is not asyncio's, for the calling thread."""
        stay = self._stay(MAIN_LOOP_LANE)
        stay.thread_id, stay.tid = original("_thread", "get_ident")(), get_native_id()
        self.loops[stay.thread_id] = stay
        self._main_loop_taken = True
        return stay

    def drop_loop(self) -> None:
        """The loop of the calling thread ends."""
        stay = self.loops.pop(get_ident(), None)
        if stay is not None and stay.lane != MAIN_LOOP_LANE:
            self._free_loop_lanes.append(stay.lane)


def _take_out(innermost: Stay | None, stay: Stay) -> None:
    """One that is over while another has begun on its thread (a body that is closed late): out from among them."""
    while innermost is not None and innermost.outer is not stay:
        innermost = innermost.outer
    if innermost is not None:
        innermost.outer = stay.outer
