"""What is simulated, as data: a machine, a server's workers, stations that all share, and the requests that come.

            arrivals                 kernel queue          worker                        stations
   open or closed visitors  ──SYN──►  (backlog)  ──accept──►  slot, thread or loop  ◄──►  database pool, upstream
            ▲ patience                                        GIL of its process          (places, in line)
            └ answer, time-out, 503                           cores of the machine

All times are seconds. What a request does is a script: steps that compute, wait, hold, and tell when the client has its
answer. `simulate` (simulate.py) runs a `SystemModel` under a `Load`; `check` says in one line what is wrong with them.

A server's product as workers:

gunicorn-sync       Workers(POOL, w)                            any idle worker takes one from the shared kernel queue
gunicorn-gthread    Workers(ACCEPTOR, w, k, accept_cpu_s=…)     a main thread accepts one a turn into a line of its own
waitress            Workers(ACCEPTOR, 1, k, accept_cpu_s=…)     the same, one process
uvicorn, hypercorn  Workers(LOOP, w)                            a loop takes all that wait at its next poll
gunicorn-gevent     Workers(LOOP, w, accept_batch=100)          every blocking call is a `wait`
granian-wsgi        Workers(POOL, w, k, hashed=True)            the kernel deals by hash: one queues while another idles
granian-asgi        Workers(LOOP, w, hashed=True)
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from operator import le
from statistics import fmean
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.simulation.request_scripts import (
    MOST_STATIONS,
    require_not_negative,
    require_positive,
    require_whole,
)

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.request_scripts import ScriptTable

MOST_REQUESTS = 100_000_000
MOST_WORKERS, MOST_THREADS = 100_000, 100_000
LEAST_SWITCH_S = 1e-5
"""Of a GIL: a shorter interval would have the simulator do nothing but switch."""


# ---- the system


@dataclass(frozen=True, slots=True)
class Machine:
    """`cores` may be a fraction: what others leave. All that compute share them evenly, each at most one."""

    cores: float = 1.0
    gil: bool = True
    """In each process one thread computes at a time. False: free-threaded Python."""
    switch_interval_s: float = 0.005
    """After which one that waits for the GIL makes its holder let go."""


class WorkerKind(IntEnum):
    """How a worker gets and serves requests; see the table above."""

    POOL = 0
    """Threads that take from the kernel's queue themselves."""
    ACCEPTOR = 1
    """A main thread accepts, into a line of the worker's own; threads take from that."""
    LOOP = 2
    """An event loop."""


class Pick(IntEnum):
    """Which of several idle workers gets a new connection: what no measurement on one machine can tell of another."""

    RANDOM = 0
    LONGEST_IDLE = 1
    """As even as can be: the best case."""
    LOWEST = 2
    """The one of the lowest number, again and again: the worst case."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many times as much CPU as its script says a request needs, by how many its worker has in flight.

    `times_least` of so few as `least`, `times_most` of so many as `most`, in between on a straight line, and beyond as
    at the nearer end. What a loop and an acceptor have is what they accepted; a pool's worker has its part of all who
    are in the system: who has others in line goes from one to the next with warm caches.
    """

    least: float = 1.0
    most: float = 1.0
    times_least: float = 1.0
    times_most: float = 1.0

    @property
    def slope(self) -> float:
        """By how much more for each one more."""
        return (self.times_most - self.times_least) / (self.most - self.least) if self.most > self.least else 0.0


NO_CROWD = Crowd()


@dataclass(frozen=True, slots=True)
class Garbage:
    """A worker's Python collects all its garbage after `every` requests, 0 never, and computes for so long as one of
    those that were seen, by chance: the longest of them make the tails, which their mean does not."""

    every: int = 0
    seen_s: tuple[float, ...] = ()

    @property
    def cpu_s(self) -> float:
        """On average."""
        return fmean(self.seen_s) if self.seen_s else 0.0


NO_GARBAGE = Garbage()


@dataclass(frozen=True, slots=True)
class Workers:
    """A server's processes."""

    kind: WorkerKind
    workers: int = 1
    threads: int = 1
    """Of each worker; loops have one, and a thread for whichever request asks for it."""
    hashed: bool = False
    """A kernel queue for each worker (SO_REUSEPORT), dealt at random, and not one for all."""
    pick: Pick = Pick.RANDOM
    accept_batch: int = 0
    """Of a loop: at most as many at a poll; 0: all that wait."""
    accept_cpu_s: float = 0.0
    """What an acceptor computes for each connection."""
    most_connections: int = 1000
    """Of an acceptor: no more in its line and its threads together (gunicorn's worker_connections)."""
    limit_concurrency: int = 0
    """Of a loop: the connection that makes this many, itself counted as uvicorn does, gets a 503; 0: no limit."""
    refusal_cpu_s: float = 0.0
    """What a 503 costs."""
    cancels: bool = False
    """A loop ends the script of a visitor who has left, as async views are; else it is worked on for nobody."""
    crowd: Crowd = NO_CROWD
    collect_every: int = 0
    """As Garbage has it: the next step of CPU takes so much longer, and all who want its loop or its GIL wait."""
    collections_s: tuple[float, ...] = ()

    @property
    def collections_column(self) -> array[float]:
        """For the compiled engine."""
        return array("d", self.collections_s)


@dataclass(frozen=True, slots=True)
class Station:
    """What requests share besides workers, first come, first served: a database pool, an upstream of so many places."""

    places: int
    name: str = ""
    per_worker: bool = False


@dataclass(frozen=True, slots=True)
class SystemModel:
    """`backlog`: so many wait in a kernel queue; a SYN beyond is dropped, and comes after 1, 3, 7, 15, 31, 63 s."""

    machine: Machine
    workers: Workers
    stations: tuple[Station, ...] = ()
    backlog: int = 2048


# ---- the requests that come


@dataclass(frozen=True, slots=True)
class GivenArrivals:
    """Each request's time in s, ascending: array('d')."""

    times_s: array[float]

    @property
    def requests(self) -> int:
        """How many."""
        return len(self.times_s)


@dataclass(frozen=True, slots=True)
class PoissonArrivals:
    """Independent of one another, at `rate` a second; drawn by the seed alone, so that models can be compared."""

    rate: float
    requests: int


@dataclass(frozen=True, slots=True)
class ClosedVisitors:
    """So many at a time, `requests` in all; each comes again `think_s` after its answer, its 503 or its time-out."""

    visitors: int
    requests: int
    think_s: float = 0.0
    exponential: bool = False
    """`think_s` is a mean."""


Arrivals = GivenArrivals | PoissonArrivals | ClosedVisitors


def burst(requests: int) -> GivenArrivals:
    """All at once, at 0 s."""
    return GivenArrivals(array("d", bytes(8 * requests)))


@dataclass(frozen=True, slots=True)
class Load:
    """Who comes, when, and what each does."""

    scripts: ScriptTable
    arrivals: Arrivals
    patience_s: float = math.inf
    """After which a visitor without its whole answer leaves."""
    script_of: array[int] | None = None
    """array("i"), a script for each request in order of arrival; None: drawn by the shares of classes and the seed."""
    worker_of: array[int] | None = None
    """array("i"), from 0, for each request: it goes to that worker, as a measured one did; None: as workers accept."""
    stop_s: float = math.inf
    """When the simulation ends, whoever is in the system then."""


# ---- what is wrong with them


def check(model: SystemModel, load: Load) -> None:
    """BadInput, in one line, where they make no sense together or alone. Steps were checked by `ScriptTable.of`."""
    _check_machine(model.machine)
    _check_workers(model.workers)
    require_whole("backlog", model.backlog, 1, 1_000_000_000)
    require_whole("number of stations", len(model.stations), 0, MOST_STATIONS)
    for index, station in enumerate(model.stations):
        require_whole(f"places of station {index}", station.places, 1, 1_000_000_000)
    if load.scripts.stations > len(model.stations):
        raise BadInput(
            f"scripts use station {load.scripts.stations - 1}, and the model has {len(model.stations)}",
            hint="stations are counted from 0",
        )
    _check_arrivals(load.arrivals)
    requests = load.arrivals.requests
    require_positive("patience", load.patience_s, infinite=True)
    require_positive("time of the stop", load.stop_s, infinite=True)
    _check_column("script_of", load.script_of, requests, load.scripts.scripts)
    _check_column("worker_of", load.worker_of, requests, model.workers.workers)


def _check_machine(machine: Machine) -> None:
    require_positive("number of cores", machine.cores)
    if not LEAST_SWITCH_S <= machine.switch_interval_s < math.inf:
        raise BadInput(f"switch interval of {machine.switch_interval_s:g} s", hint=f"at least {LEAST_SWITCH_S:g} s")


def _check_workers(workers: Workers) -> None:
    require_whole("number of workers", workers.workers, 1, MOST_WORKERS)
    require_whole("number of threads", workers.threads, 1, MOST_THREADS)
    require_whole("accept_batch", workers.accept_batch, 0, 1_000_000_000)
    require_whole("most_connections", workers.most_connections, 1, 1_000_000_000)
    require_whole("limit_concurrency", workers.limit_concurrency, 0, 1_000_000_000)
    require_not_negative("accept_cpu_s", workers.accept_cpu_s)
    require_not_negative("refusal_cpu_s", workers.refusal_cpu_s)
    require_whole("collect_every", workers.collect_every, 0, 1_000_000_000)
    seen = len(workers.collections_s)
    require_whole("number of collections seen", seen, 1 if workers.collect_every else 0, 1_000_000)
    for cpu_s in workers.collections_s:
        require_not_negative("CPU of a collection", cpu_s)
    crowd = workers.crowd
    require_not_negative("the least crowd", crowd.least)
    require_not_negative("the largest crowd", crowd.most - crowd.least)
    for times in (crowd.times_least, crowd.times_most):
        require_positive("times of CPU in a crowd", times)


def _check_arrivals(arrivals: Arrivals) -> None:
    require_whole("number of requests", arrivals.requests, 1, MOST_REQUESTS)
    if isinstance(arrivals, GivenArrivals):
        times = arrivals.times_s
        if not (all(map(le, times, islice(times, 1, None))) and times[0] >= 0 and times[-1] < math.inf):
            raise BadInput("arrivals are not in order", hint="seconds from 0 on, ascending, none negative or endless")
    elif isinstance(arrivals, PoissonArrivals):
        require_positive("rate of arrivals", arrivals.rate)
    else:
        require_whole("number of visitors", arrivals.visitors, 1, MOST_REQUESTS)
        require_not_negative("think time", arrivals.think_s)


def _check_column(name: str, column: array[int] | None, requests: int, below: int) -> None:
    if column is None:
        return
    if column.typecode != "i" or len(column) != requests:
        raise BadInput(f"{name} has {len(column)} rows of type “{column.typecode}”", hint=f"{requests}, array('i')")
    if min(column) < 0 or max(column) >= below:
        raise BadInput(f"{name} is from {min(column)} to {max(column)}", hint=f"from 0 to {below - 1}")
