"""`simulate`: a model under a load, request by request, as columns; the same columns in C and in Python.

The compiled engine (native/) is used where it could be built when the program was installed; else, and where
ASGI_VS_WSGI_ENGINE=python asks for it, the one in Python, which is some thirty times slower and otherwise the same:
each column is equal bit for bit, for the same seed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.simulation.system_model import check

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterator

    from asgi_vs_wsgi.scenarios.simulation.system_model import Load, SystemModel

ENGINE_VARIABLE = "ASGI_VS_WSGI_ENGINE"
NEVER = -1.0
"""In a column of times: it did not happen. In `worker` and `slot`: -1."""
EVENTS_AT_A_TIME = 200_000
"""Between two calls of `progress`."""


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
        rows: Iterator[tuple[float, float, int, int]] = zip(
            self.arrival_s, self.done_s, self.outcome, self.request_class, strict=True
        )
        return sorted(
            done - arrival
            for arrival, done, outcome, kind in rows
            if outcome == Outcome.DONE and of_class in {None, kind}
        )


class Engine(Protocol):
    """A simulation that is under way."""

    def advance(self, events: int, /) -> bool:
        """Carries on for as many events; True once it is over."""

    def progress(self) -> float:
        """The part of the requests whose clients are through, 0 to 1."""

    def columns(self) -> dict[str, Any]:
        """What `Simulated`, `Intervals` and `Totals` are made of, by their fields' names."""


def simulate(
    model: SystemModel,
    load: Load,
    *,
    seed: int = 1,
    detail: Detail = Detail.TIMES,
    engine: str = "",
    progress: Callable[[float], object] | None = None,
) -> Simulated:
    """Every request of `load` through `model`. BadInput where they make no sense.

    `seed` decides arrivals and picks of scripts and of drawn times, which depend on nothing else (so two models see
    the same requests), and, apart from them, who accepts. `engine`: `native` or `python`; default: the best there is.
    `progress` gets the part that is done, some times a second; what it raises ends the simulation.
    """
    check(model, load)
    name = engine or os.environ.get(ENGINE_VARIABLE, "") or best_engine()
    running = _engine(name)(model, load, seed % (1 << 64), detail)
    while not running.advance(EVENTS_AT_A_TIME):
        if progress is not None:
            progress(running.progress())
    return _simulated(running.columns(), load.arrivals.requests, name)


def _simulated(columns: dict[str, Any], requests: int, engine: str) -> Simulated:
    intervals = Intervals(**{name: columns.pop(f"interval_{name}") for name in Intervals.__dataclass_fields__})
    totals = Totals(**{name: columns.pop(f"total_{name}") for name in Totals.__dataclass_fields__})
    return Simulated(requests=requests, intervals=intervals, totals=totals, engine=engine, **columns)


def best_engine() -> str:
    """Which one there is."""
    return "python"


def _engine(name: str) -> Callable[[SystemModel, Load, int, Detail], Engine]:
    if name == "python":
        from asgi_vs_wsgi.scenarios.simulation.event_engine import EventEngine

        return EventEngine
    raise BadInput(f"engine “{name}”", hint=f"native or python ({ENGINE_VARIABLE})")
