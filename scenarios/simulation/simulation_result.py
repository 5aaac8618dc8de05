"""What a simulation says: a row for each request as columns, where its time went, and totals. Nothing was measured.

A request's moments, of which the later may be missing (`NEVER`), and the states between them:

arrival_s ─ kernel queue ─ accepted_s ─ worker queue ─ begin_s ─ running, waiting … ─ first_answer_s ─ done_s ─ ended_s
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import compress
from operator import and_, sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array

NEVER = -1.0
"""In a column of times: it did not happen. In `worker` and `slot`: -1."""


class Outcome(IntEnum):
    """What became of a request, for its client."""

    ABSENT = 0
    """It had not come when the simulation stopped."""
    IN_SYSTEM = 1
    """It was there when the simulation stopped."""
    DONE = 2
    TIMED_OUT = 3
    """Its patience ended."""
    REFUSED = 4
    """A 503 by `limit_concurrency`."""
    UNCONNECTED = 5
    """Its SYN was dropped seven times."""


class State(IntEnum):
    """Where a request's time goes; each moment from its arrival on it is in exactly one."""

    KERNEL_QUEUE = 0
    """Until a worker accepts it, dropped SYNs included."""
    WORKER_QUEUE = 1
    """Accepted, without a thread: the line of an acceptor."""
    RUNNING = 2
    """On a core, which may be shared."""
    GIL = 3
    """It would compute, and another thread of its process has the GIL."""
    STALLED = 4
    """Its callback is ready, and its loop is busy with others."""
    STATION = 5
    """In a station's line."""
    BLOCKED = 6
    """Holding its thread, or its loop, without computing."""
    AWAITING = 7
    """Set aside by its loop."""


class Detail(IntEnum):
    """How much is recorded: what is not is empty."""

    TIMES = 0
    WAITS = 1
    """Besides: `ended_s` and the seconds in each state."""
    INTERVALS = 2
    """Besides: every interval of every request."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Stretches of one state, in order of their ends; none is of length 0, and none of the kernel's queue.

    What was not over when the simulation stopped is not in it. What a GIL or a core's sharing parts is several
    stretches of the same `step`.
    """

    row: array[int]
    """array('i')"""
    step: array[int]
    """array('i'): index in the request's script of the step that it belongs to, or, STALLED and waiting in line, of
    the step that comes next. -1: a refusal."""
    state: array[int]
    """array('b'), of State"""
    on_loop: array[int]
    """array('b'): 1 where the request was its loop's, 0 in a thread."""
    begin_s: array[float]
    end_s: array[float]

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole simulation; areas are integrals over time, so that area / end_s is a mean."""

    end_s: float
    """When the last thing happened: with work after answers, later than the last `done_s`."""
    core_s: float
    """CPU seconds that were computed, acceptance and refusals included."""
    system_s: float
    """Of the number of requests from arrival to `done_s`: divided by `end_s`, Little's L."""
    most_in_system: int
    events: int
    syn_drops: int
    gil_switches: int
    """Forced by the switch interval."""
    slot_s: array[float]
    """array('d') for each worker: seconds of its threads with a request (0 of loops)."""
    gil_s: array[float]
    """array('d') for each worker: seconds in which its GIL was held (0 without a GIL)."""
    main_s: array[float]
    """array('d') for each worker: seconds in which its loop, or its acceptor, was busy."""
    station_s: array[float]
    """array('d') for each station, of all workers: seconds of places in use."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulation says: a row for each request, in order of arrival. Nothing of it was measured."""

    requests: int
    script: array[int]
    """array('i'): index in the ScriptTable."""
    request_class: array[int]
    """array('h')"""
    arrival_s: array[float]
    accepted_s: array[float]
    """A worker took it from the kernel's queue."""
    begin_s: array[float]
    """Its script's BEGIN."""
    first_answer_s: array[float]
    """Its script's FIRST, else DONE, else end. NEVER where the visitor left before."""
    done_s: array[float]
    """The client has its answer, has left, or has its 503: see `outcome`."""
    worker: array[int]
    """array('i'), from 0"""
    slot: array[int]
    """array('i'), from 0: its thread in a pool or behind an acceptor; -1 on loops."""
    outcome: array[int]
    """array('b'), of Outcome"""
    cpu_s: array[float]
    """CPU seconds that it was to compute, as far as its script came."""
    ended_s: array[float]
    """The worker was through with it (Detail.WAITS)."""
    spent_s: tuple[array[float], ...]
    """By State: seconds in it, from arrival to `done_s`, whose sum is `done_s - arrival_s` (Detail.WAITS)."""
    intervals: Intervals
    totals: Totals
    engine: str
    """`native` or `python`: which computed it; the rest does not depend on that."""

    def counts(self) -> dict[Outcome, int]:
        """How many requests of each outcome."""
        found = self.outcome.tobytes()
        return {outcome: found.count(bytes([outcome])) for outcome in Outcome}

    def latencies(self, of_class: int | None = None) -> list[float]:
        """Seconds from arrival to answer of those that were answered, sorted; of one class or of all."""
        kept = map(int(Outcome.DONE).__eq__, self.outcome)
        if of_class is not None:
            kept = map(and_, kept, map(of_class.__eq__, self.request_class))
        return sorted(compress(map(sub, self.done_s, self.arrival_s), kept))
