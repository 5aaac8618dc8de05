"""Who is where: the lanes of a worker, and the requests on them that the sampler looks at.

A lane is a place where one request at a time can be: lane 0 the worker's event loop, every other one a thread
that serves requests, or a one-off loop. They are lent for a call, or while the loop runs, and used again: a record has
16 bits for a lane.
"""

from __future__ import annotations

import itertools

from asgi_vs_wsgi.server_targets.probe.gevent_originals import get_ident, get_native_id
from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE, OWN_WORK


class LaneSlot:
    """A lane and the request that is there: one call in a thread, or the step that a loop is at."""

    __slots__ = (
        *("crossing", "lane", "outer", "own_work", "request", "sampled"),
        *("since_cpu_ns", "since_ns", "thread_id", "tid", "works_for"),
    )

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
        self.own_work = False
        """Of a loop: what runs between steps now is its own work, since it is outside its poll, or in a callback. Then
        `request` is OWN_WORK, whoever it is for."""
        self.works_for = OWN_WORK
        """Of a loop: whose its own work is, by number: nobody's, or a request's that it was made for; 0: it has ended,
        and nothing is told of it any more."""
        self.thread_id = 0
        self.tid = 0
        """The kernel's id of the thread, asked for on the thread itself: `threading` knows neither those that are
        started in C or Rust (granian's) nor, in a forked process, the first one by its number."""
        self.outer: LaneSlot | None = None
        """The slot on the same thread that this one interrupts."""


class Lanes:
    """The lanes of this worker. Everything here relies on single dict and list operations being atomic."""

    def __init__(self, slot: type[LaneSlot] = LaneSlot) -> None:
        self._slot = slot
        self.slots: dict[int, LaneSlot] = {}
        """Thread ident to the innermost slot of a request on that thread."""
        self.loops: dict[int, LaneSlot] = {}
        """Thread ident to the slot of the event loop that runs there."""
        self.served: set[int] = set()
        """Kernel ids of threads that have had a request: what else they do is their server's, or their executor's."""
        self.free: list[LaneSlot] = []
        """Those of threads that can be lent again."""
        self.own: dict[int, LaneSlot] = {}
        """Kernel id of a thread of the view's own to its slot, whose `request` is set while it computes."""
        self.free_own: list[LaneSlot] = []
        """Of those that have ended."""
        self._free_loop_lanes: list[int] = []
        """Of one-off loops that have ended. Apart from those of threads: what was a loop's lane once stays one."""
        self._numbers = itertools.count(MAIN_LOOP_LANE + 1)
        self._main_loop_taken = False

    def enter(self, request: int, since_ns: int, since_cpu_ns: int = 0, crossing: int = 0) -> LaneSlot:
        """The calling thread starts to serve `request`; `leave` takes back what this returns."""
        try:
            slot = self.free.pop()
        except IndexError:
            slot = self.add()
        slot.thread_id, slot.tid = thread, tid = get_ident(), get_native_id()
        self.served.add(tid)
        slot.sampled, slot.since_cpu_ns, slot.crossing = False, since_cpu_ns, crossing
        slot.since_ns, slot.request = since_ns, request
        slot.outer = self.slots.get(thread)
        self.slots[thread] = slot
        return slot

    def leave(self, slot: LaneSlot) -> None:
        """The request is not there any more; the one that it interrupted goes on."""
        slot.request = 0
        innermost = self.slots.get(slot.thread_id)
        if innermost is not slot:
            _take_out(innermost, slot)
        elif slot.outer is None:
            self.slots.pop(slot.thread_id, None)
        else:
            self.slots[slot.thread_id] = slot.outer
        slot.outer = None
        self.free.append(slot)

    def add(self) -> LaneSlot:
        """A lane that there was not."""
        return self._slot(next(self._numbers))

    def add_own(self, thread_id: int, tid: int, since_ns: int, cpu_ns: int) -> LaneSlot:
        """A lane for a thread of the view's own, whose CPU clock was at `cpu_ns` then."""
        try:
            slot = self.free_own.pop()
        except IndexError:
            slot = self.add()
        slot.thread_id, slot.tid, slot.request, slot.sampled = thread_id, tid, 0, False
        slot.since_ns, slot.since_cpu_ns, slot.crossing = max(since_ns, slot.since_ns + 1), cpu_ns, 0
        self.own[tid] = slot
        return slot

    def drop_own(self, tid: int) -> LaneSlot | None:
        """It has ended: its slot, for whoever comes first to ask; that one is to give it back."""
        return self.own.pop(tid, None)

    def of_running_loop(self) -> LaneSlot:
        """The lane of the event loop that runs on the calling thread, made when first asked for."""
        slot = self.loops.get(get_ident())
        if slot is None:
            slot = self._add_loop()
        return slot

    def _add_loop(self) -> LaneSlot:
        # A new slot each time, even for a lane that was lent before: a coroutine of the last loop may hold the old one.
        slot = self._slot(self._loop_lane())
        slot.thread_id, slot.tid = get_ident(), get_native_id()
        self.loops[slot.thread_id] = slot
        return slot

    def _loop_lane(self) -> int:
        """asgiref's one-off loops die with their thread; only the loop that the server runs is there for good."""
        if not self._main_loop_taken:
            self._main_loop_taken = True
            return MAIN_LOOP_LANE
        try:
            return self._free_loop_lanes.pop()
        except IndexError:
            return next(self._numbers)

    def add_own_loop(self) -> LaneSlot:
        """A loop that is not asyncio's, for the calling thread."""
        slot = self._slot(MAIN_LOOP_LANE)
        slot.thread_id, slot.tid = get_ident(), get_native_id()
        self.loops[slot.thread_id] = slot
        self.served.add(slot.tid)
        self._main_loop_taken = True
        return slot

    def drop_loop(self) -> None:
        """The loop of the calling thread ends."""
        slot = self.loops.pop(get_ident(), None)
        if slot is not None and slot.lane != MAIN_LOOP_LANE:
            self._free_loop_lanes.append(slot.lane)


def _take_out(innermost: LaneSlot | None, slot: LaneSlot) -> None:
    """One that is over while another has begun on its thread (a body that is closed late): out from among them."""
    while innermost is not None and innermost.outer is not slot:
        innermost = innermost.outer
    if innermost is not None:
        innermost.outer = slot.outer
