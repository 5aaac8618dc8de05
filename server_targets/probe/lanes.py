"""Who is where: the lanes of a worker, and the stays of requests on them that the sampler looks at.

A lane is a place where one request at a time can be: lane 0 the worker's event loop, every other one a thread
that serves requests (or a one-off loop). Lane numbers of threads are lent for a stay and used again.
"""

from __future__ import annotations

import asyncio
import itertools
from threading import get_ident, get_native_id

from server_targets.probe.records import MAIN_LOOP_LANE


class Stay:
    """A request on a thread's lane; a loop's lane has one Stay for good, whose request changes with each step."""

    __slots__ = ("lane", "request", "sampled", "since_ns", "thread_id", "tid")

    def __init__(self, lane: int, request: int, since_ns: int, tid: int = 0) -> None:
        self.lane = lane
        self.request = request
        """0 while the lane is free."""
        self.since_ns = since_ns
        self.sampled = False
        self.thread_id = get_ident()
        self.tid = tid
        """The kernel's id of the thread, 0 where nobody has asked for it yet (a system call for each stay)."""


class Lanes:
    """The lanes of this worker. Everything here relies on single dict and list operations being atomic."""

    def __init__(self) -> None:
        self.stays: dict[int, Stay] = {}
        """Thread ident to the innermost stay of a request on that thread."""
        self.loops: dict[int, Stay] = {}
        """Thread ident to the stay of the event loop that runs there."""
        self._free: list[int] = []
        self._numbers = itertools.count(MAIN_LOOP_LANE + 1)
        self._main_loop_taken = False

    def enter(self, request: int, since_ns: int) -> tuple[Stay, Stay | None]:
        """The calling thread starts to serve `request`; returns its stay and the one that it interrupts."""
        try:
            lane = self._free.pop()
        except IndexError:
            lane = next(self._numbers)
        stay = Stay(lane, request, since_ns)
        outer = self.stays.get(stay.thread_id)
        self.stays[stay.thread_id] = stay
        return stay, outer

    def leave(self, stay: Stay, outer: Stay | None) -> None:
        """The stay is over; the one that it interrupted goes on."""
        if outer is None:
            self.stays.pop(stay.thread_id, None)
        else:
            self.stays[stay.thread_id] = outer
        self._free.append(stay.lane)

    def of_running_loop(self) -> Stay:
        """The lane of the event loop that runs on the calling thread, made when first asked for."""
        stay = self.loops.get(get_ident())
        if stay is None:
            stay = self._add_loop()
        return stay

    def _add_loop(self) -> Stay:
        lane = next(self._numbers) if self._main_loop_taken else MAIN_LOOP_LANE
        # asgiref's one-off loops die with their thread; only the loop that the server runs is there for good.
        self._main_loop_taken = True
        stay = Stay(lane, 0, 0, get_native_id())
        self.loops[stay.thread_id] = stay
        return stay

    def drop_loop(self) -> None:
        """The loop of the calling thread ends."""
        stay = self.loops.pop(get_ident(), None)
        if stay is not None and stay.lane != MAIN_LOOP_LANE:
            self._free.append(stay.lane)


def inside_loop() -> bool:
    """Whether the calling thread runs an event loop just now."""
    return asyncio._get_running_loop() is not None
