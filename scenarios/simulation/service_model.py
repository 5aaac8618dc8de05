"""A server product, as many workers and threads of it, on a machine, as the model that is simulated; and its scripts.

gunicorn-sync    whoever is idle takes the next from the kernel's queue
gunicorn-gthread, waitress   a main thread accepts ahead, into a line of its own
uvicorn, hypercorn, daphne, gunicorn-asgi, gunicorn-gevent, granian-asgi   an event loop takes who waits: some one at a
time, some all
granian          the kernel deals connections by chance: a worker may have a line while another is idle
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from asgi_vs_wsgi.scenarios.simulation.request_scripts import (
    BEGIN,
    DONE,
    LOOP,
    THREAD,
    RequestClass,
    ScriptTable,
    acquire,
    cpu,
    hold,
    release,
    wait,
)
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    NO_CROWD,
    NO_GARBAGE,
    Crowd,
    Garbage,
    Machine,
    Pick,
    Station,
    SystemModel,
    WorkerKind,
    Workers,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script, Scripts
    from asgi_vs_wsgi.scenarios.simulation.request_scripts import Step

ACCEPT_S = 0.25e-3
"""Of a main thread that accepts ahead, for each connection."""
GEVENT_BATCH = 100
ON_UVLOOP = frozenset({"uvicorn", "gunicorn-asgi"})
"""libuv accepts one connection and lets other processes have the next: bursts come out shared evenly, as measured."""
KERNEL_BACKLOG = 2048
PROVED = frozenset({"gunicorn-sync", "gunicorn-gthread", "uvicorn"})
"""Servers whose model was held against live runs under other loads; that of the others reproduces the run it is of."""
TAILS_TESTED_FROM = 0.5
"""Of the event loops' time, in use."""
TAILS_TOO_SHORT = (
    "held against live runs of uvicorn with visitors who came by chance, at 54 to 94% in use, the simulated p95 was 3 "
    "to 19% too short, and the p99 24 to 27%; full garbage collections made these tails, and in what was measured here "
    "no two of one worker were seen with requests between them: runs of some thousands of requests (--crowd) tell what "
    "they cost, but for Python 3.14.0 to 3.14.4, which makes none by itself"
)
"""What tests/bench/simulation_matrix.py measured of loops whose visitors await, on a quiet machine. Such a loop's
Python (3.11) collected all its garbage after some 650 requests, for 25 to 90 ms: what was suspended meanwhile outlived
the young generations, with its cycles."""

TAILS_FROM_COLLECTIONS = (
    "held against live runs of uvicorn whose visitors came by chance, at 43 to 84% in use, the simulated p95 and p99 "
    "were from 14% too short to 23% too long: full garbage collections make these tails, and took 61 ms on average in "
    "one run and 93 ms in another"
)
"""From the same, calibrated by a run of some thousands, while each took as long as their mean: right within 2% at 54%,
10 to 14% too short at 66 and 84%. Calibrated by closed arrivals whose collections took 93 ms, a live run at 43% whose
own took 61 ms was told 23% (p95) and 14% (p99) too long, by its own 8 and 3%. A want of cores would lengthen
the p50 as well, and the live p50 was 0.7 to 1.8% below the simulated."""


class Setup(Struct, frozen=True):
    """How a server is run."""

    server: str
    slot: str
    """What limits it: `worker`, `thread` or `none`."""
    workers: int
    threads: int
    cores: float
    gil: bool = True
    pool: int | None = None
    """Places that those who wait need one of, in each worker."""
    options: Mapping[str, bool | int | float] = {}
    crowd: Crowd = NO_CROWD
    garbage: Garbage = NO_GARBAGE

    @property
    def slots(self) -> int:
        """How many visitors are served at once; of event loops, how many may compute at once."""
        return self.workers * (self.threads if self.slot == "thread" else 1)

    @property
    def label(self) -> str:
        """As `--target` takes it: `gunicorn-gthread:2x8`."""
        return f"{self.server}:{self.workers}" + (f"x{self.threads}" if self.slot == "thread" else "")


def awaits_on_loops(setup: Setup, scripts: Scripts) -> bool:
    """Whether any visitor is set aside by an event loop for some time."""
    return setup.slot == "none" and any(_is_set_aside(script) for of_class in scripts.values() for script in of_class)


def tails_beside_live_runs(setup: Setup, scripts: Scripts) -> str:
    """What is known of them where visitors await on loops; "" for others. Collections that were not seen twice are not
    simulated."""
    if not awaits_on_loops(setup, scripts):
        return ""
    return TAILS_FROM_COLLECTIONS if setup.garbage.every else TAILS_TOO_SHORT


def _is_set_aside(script: Script) -> bool:
    in_thread = False
    for word, seconds in script:
        if word in ("thread", "loop"):
            in_thread = word == "thread"
        elif word == "wait" and seconds and not in_thread:
            return True
    return False


def system_model(setup: Setup, *, pick: Pick = Pick.RANDOM, refusal_s: float = 0.0) -> SystemModel:
    """`pick`: who of several idle workers accepts; it is the part that no measurement tells of another machine."""
    stations = (Station(setup.pool, "pool", per_worker=True),) if setup.pool else ()
    backlog = int(setup.options.get("backlog", KERNEL_BACKLOG))
    garbage = setup.garbage
    workers = replace(
        _workers(setup, pick, refusal_s),
        crowd=setup.crowd,
        collect_every=garbage.every,
        collections_s=garbage.seen_s,
    )
    return SystemModel(Machine(setup.cores, setup.gil), workers, stations, backlog)


def _workers(setup: Setup, pick: Pick, refusal_s: float) -> Workers:
    many, dealt = setup.workers, setup.server.startswith("granian")
    if setup.slot == "worker":
        return Workers(WorkerKind.POOL, many, 1, pick=pick)
    if setup.slot == "thread" and dealt:
        return Workers(WorkerKind.POOL, many, setup.threads, hashed=True)
    if setup.slot == "thread":
        most = max(setup.threads, int(setup.options.get("worker_connections", 1000)))
        return Workers(
            WorkerKind.ACCEPTOR, many, setup.threads, pick=pick, accept_cpu_s=ACCEPT_S, most_connections=most
        )
    return Workers(
        WorkerKind.LOOP,
        many,
        hashed=dealt,
        pick=pick,
        accept_batch=1 if setup.server in ON_UVLOOP else GEVENT_BATCH if setup.server == "gunicorn-gevent" else 0,
        limit_concurrency=int(setup.options.get("limit_concurrency", 0)),
        refusal_cpu_s=refusal_s,
    )


def script_table(scripts: Scripts, mix: Mapping[str, float]) -> ScriptTable:
    """Made once for all simulations of them; `mix` is the share of each class."""
    return ScriptTable.of(
        [RequestClass(name, [_steps(script) for script in of_class], mix[name]) for name, of_class in scripts.items()]
    )


def _steps(script: Script) -> list[Step]:
    return [_step(word, value) for word, value in script]


MARKS = {"thread": THREAD, "loop": LOOP, "begin": BEGIN, "done": DONE}
TIMED = {"cpu": cpu, "wait": wait, "hold": hold}


def _step(word: str, value: float) -> Step:
    if word in TIMED:
        return TIMED[word](value)
    if word in MARKS:
        return MARKS[word]
    return acquire(int(value)) if word == "acq" else release(int(value))


def draw_scripts(table: ScriptTable, classes: Sequence[str], seed: int) -> array[int]:
    """A script of its class for each visitor; the same visitors get the same whatever they are served by."""
    draw = Random(f"{seed} scripts")
    ranges = dict(zip(table.names, zip(table.class_start, table.class_start[1:], strict=False), strict=True))
    spans = [ranges[name] for name in classes]
    return array("i", [first + int(draw.random() * (beyond - first)) for first, beyond in spans])


def draw_classes(mix: Mapping[str, float], visitors: int, seed: int) -> list[str]:
    """A class for each of so many, by their shares."""
    if len(mix) == 1:
        return list(mix) * visitors
    return Random(f"{seed} classes").choices(list(mix), list(mix.values()), k=visitors)
