"""What the engine in Python (event_engine.py) keeps: each request's columns, and each thread, worker and station.

A `Thread` is a request, which computes in a thread of its own (pool, acceptor, off the loop) or through its worker's
main thread (on the loop); or it is such a main thread, whose row is -1.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections import OrderedDict, deque
from enum import IntEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.simulation.random_numbers import Stream, below, stream_start, unit
from asgi_vs_wsgi.scenarios.simulation.simulation_result import NEVER, Detail, Outcome, State
from asgi_vs_wsgi.scenarios.simulation.system_model import GivenArrivals, PoissonArrivals

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.system_model import Load


# As plain numbers: a comparison with a member of an enumeration costs several times as much.
KERNEL_QUEUE, WORKER_QUEUE, RUNNING, GIL, STALLED, STATION, BLOCKED, AWAITING = map(int, State)
IN_SYSTEM, SERVED, TIMED_OUT, REFUSED, UNCONNECTED = map(int, list(Outcome)[1:])
WAKE, SWITCH, SYN, COME = range(4)
"""Timers: a wait's end, the GIL's switch interval, a repeated SYN, a closed visitor who has thought."""


class Phase(IntEnum):
    """What a worker's main thread computes for, or waits for the GIL for."""

    STEP = 0
    POLL = 1
    ACCEPT = 2
    REFUSE = 3


STEP, POLL, ACCEPT, REFUSE = map(int, Phase)


class Thread:
    """See above."""

    __slots__ = (
        "cancelled", "finish", "first", "held", "left_s", "mark_loop", "mark_pc", "on_loop", "pc", "refused", "row",
        "settled", "since", "slot", "spent", "state", "ticket", "timer", "worker",
    )  # fmt: skip

    def __init__(self, worker: Worker, row: int, first: int, now: float) -> None:
        self.worker, self.row = worker, row
        self.first = self.pc = self.mark_pc = first
        self.ticket = self.timer = 0
        """Of its entry among those that compute, and of its timer: an entry with another number is void."""
        self.left_s: float
        self.finish: float
        """Of what it computes, once it does: what remains while it is on no core, and the virtual time of its end."""
        self.on_loop = self.mark_loop = self.cancelled = self.settled = self.refused = False
        self.held = 0
        """Stations, a bit each."""
        self.slot = -1
        self.state, self.since = STALLED, now
        self.spent: list[float]


class Worker:
    """A process: its main thread, its threads, its GIL."""

    __slots__ = (
        "accepted", "batch", "busy", "busy_changed", "collect_s", "connections", "current", "free", "gil_queue",
        "gil_s", "gil_since", "holder", "idle_at", "idle_ticket", "main", "main_busy", "main_s", "main_since",
        "number", "own", "phase", "queue", "ready", "slot_s", "switch",
    )  # fmt: skip

    def __init__(self, number: int, threads: int) -> None:
        self.number = number
        self.main = Thread(self, -1, 0, 0.0)
        self.queue: deque[int]
        """The kernel's, of rows: its own, or the one that all share."""
        self.ready: deque[Thread] = deque()
        self.own: deque[Thread] = deque()
        """Accepted, without a thread."""
        self.gil_queue: deque[Thread] = deque()
        self.holder: Thread | None = None
        self.current: Thread | None = None
        """The request whose step the main thread does."""
        self.phase = STEP
        self.free = list(range(threads - 1, -1, -1))
        self.accepted, self.collect_s = 0, 0.0
        """Requests so far, and what its next step computes besides: a collection of its garbage."""
        self.batch = self.connections = 0
        """How many callbacks of this turn are left; connections accepted and not closed."""
        self.switch = 0
        """The timer's ticket."""
        self.idle_at, self.idle_ticket = -1, 0
        self.main_busy, self.main_since, self.main_s = False, 0.0, 0.0
        self.gil_since = self.gil_s = 0.0
        self.busy, self.busy_changed, self.slot_s = 0, 0.0, 0.0

    def count_busy(self, change: int, now: float) -> None:
        """Threads with a request, and their seconds so far."""
        self.slot_s += (now - self.busy_changed) * self.busy
        self.busy, self.busy_changed = self.busy + change, now

    def totals(self, now: float) -> tuple[float, float, float]:
        """Seconds until now of its threads with a request, of its GIL, of its main thread."""
        self.count_busy(0, now)
        gil_s = self.gil_s + (now - self.gil_since if self.holder is not None else 0.0)
        return self.slot_s, gil_s, self.main_s + (now - self.main_since if self.main_busy else 0.0)


class Place:
    """A station, or one worker's share of it."""

    __slots__ = ("busy", "changed", "free", "queue", "seconds")

    def __init__(self, places: int) -> None:
        self.free, self.busy, self.changed, self.seconds = places, 0, 0.0, 0.0
        self.queue: OrderedDict[Thread, None] = OrderedDict()

    def count_busy(self, change: int, now: float) -> None:
        """Places in use, and their seconds so far."""
        self.seconds += (now - self.changed) * self.busy
        self.busy, self.changed = self.busy + change, now


class RequestColumns:
    """A row for each request, in order of arrival; see simulation_result.Simulated. Engines fill in what is drawn."""

    def __init__(self, load: Load, seed: int, accept_seed: int | None, detail: Detail) -> None:
        requests = load.arrivals.requests
        self.random = {stream: stream_start(seed, stream) for stream in Stream}
        if accept_seed is not None:
            self.random |= {stream: stream_start(accept_seed, stream) for stream in (Stream.ACCEPT, Stream.HASH)}
        times = (array("d", [NEVER]) * requests for _ in range(5))
        self.arrival_s, self.accepted_s, self.begin_s, self.first_answer_s, self.done_s = times
        if isinstance(load.arrivals, GivenArrivals):
            self.arrival_s = array("d", load.arrivals.times_s)
        self.worker, self.slot = (array("i", [-1]) * requests for _ in range(2))
        self.outcome = array("b", bytes(requests))
        self.cpu_s = array("d", bytes(8 * requests))
        waits = requests if detail >= Detail.WAITS else 0
        self.ended_s = array("d", [NEVER]) * waits
        self.spent_s = tuple(array("d", bytes(8 * waits)) for _ in State)
        self.script = array("i", bytes(4 * requests) if load.script_of is None else load.script_of)
        self.request_class = array("h", bytes(2 * requests))
        self.interval_row, self.interval_step = array("i"), array("i")
        self.interval_state, self.interval_on_loop = array("b"), array("b")
        self.interval_begin_s, self.interval_end_s = array("d"), array("d")

    def columns(self) -> dict[str, Any]:
        """By their names."""
        return {name: column for name, column in vars(self).items() if name != "random"}

    def draw(self, load: Load) -> None:
        """Arrivals, classes and scripts, as far as they are not given."""
        starts = load.scripts.class_start
        if isinstance(load.arrivals, PoissonArrivals):
            self._draw_arrivals(load.arrivals)
        if load.script_of is not None:
            self.request_class = array("h", (bisect_right(starts, script) - 1 for script in self.script))
            return
        bounds = list(accumulate(load.scripts.shares))
        last = max(number for number, share in enumerate(load.scripts.shares) if share > 0)
        of_class, of_script = self.random[Stream.CLASS], self.random[Stream.SCRIPT]
        kind, scripts, classes = 0, self.script, self.request_class
        for row in range(len(scripts)):
            if last:
                kind = classes[row] = min(last, bisect_right(bounds, unit(of_class, row) * bounds[-1]))
            count = starts[kind + 1] - starts[kind]
            scripts[row] = starts[kind] + (below(of_script, row, count) if count > 1 else 0)

    def _draw_arrivals(self, arrivals: PoissonArrivals) -> None:
        at, mean, start = 0.0, 1.0 / arrivals.rate, self.random[Stream.ARRIVAL]
        for row in range(arrivals.requests):
            at += -math.log(unit(start, row)) * mean
            self.arrival_s[row] = at

    def add_interval(self, thread: Thread, end_s: float) -> None:
        """What the thread was in until now."""
        self.interval_row.append(thread.row)
        self.interval_step.append(-1 if thread.refused else thread.mark_pc - thread.first)
        self.interval_state.append(thread.state)
        self.interval_on_loop.append(thread.mark_loop)
        self.interval_begin_s.append(thread.since)
        self.interval_end_s.append(end_s)
