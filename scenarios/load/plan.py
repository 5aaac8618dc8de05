"""The load plan: when each visitor comes, decided before anything runs and the same for the same seed.

burst      everybody at once                                      open
constant   one every 1/rate seconds, whatever the server does     open
poisson    at random, `rate` per second on average                open
closed     `concurrency` visitors, each waits for its answer      closed
recorded   when those of a file of traffic came (recorded_arrivals.py)     open

Which numbers make a load, and which do not: of a scenario's folder, of options, and of a drive without a lab.

Without msgspec, as is all of this package: what the driver costs is measured from its process's start.
"""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from asgi_vs_wsgi.scenarios.model.scenario import CONCURRENCY, REQUESTS, SEED, Arrivals, refuse_quantity
from asgi_vs_wsgi.scenarios.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

RECORDED: Literal["recorded"] = "recorded"
ARRIVALS: tuple[str, ...] = tuple(each for each in get_args(Arrivals) if each != RECORDED)
"""Those that need nothing but numbers."""
BELONGS_TO = {
    "concurrency": ("closed",),
    "rate": ("constant", "poisson"),
    "duration_s": ("closed", "constant", "poisson"),
}
"""Numbers that only some arrivals have; `requests` fits them all."""
MEANING = {
    "requests": "how many visitors come at once",
    "concurrency": "how many visitors there are, each waiting for its answer",
    "rate": "how many visitors come per second",
}


class LoadFault(NamedTuple):
    """A number by its name, why it is refused, and what would be right."""

    key: str
    reason: str
    right: str


class PlanError(ValueError):
    """A load that cannot be planned."""

    def __init__(self, fault: LoadFault) -> None:
        super().__init__(f"{fault.key}: {fault.reason} ({fault.right})")
        self.fault = fault


class LoadNumbers(NamedTuple):
    """All that says who comes when; what is None is not said."""

    arrivals: str
    requests: int | None = None
    concurrency: int | None = None
    rate: float | None = None
    duration_s: float | None = None
    seed: int = 1
    timeout_s: float = 60.0


def faults_of(load: LoadNumbers) -> Iterator[LoadFault]:
    """Everything wrong with them, as far as it is seen without planning; empty where a plan may be tried."""
    if load.arrivals == RECORDED:
        yield LoadFault("arrivals", "recorded arrivals are those of a file of traffic", "project --log or --har FILE")
        return
    if load.arrivals not in ARRIVALS:
        yield LoadFault("arrivals", f"`{load.arrivals}` is no kind of arrivals", f"known: {', '.join(ARRIVALS)}")
        return
    yield from _out_of_bounds(load)
    yield from _out_of_place(load)
    yield from _missing(load)
    yield from _too_many(load)
    yield from _too_long(load)


def _out_of_bounds(load: LoadNumbers) -> Iterator[LoadFault]:
    for key, limits in (("requests", REQUESTS), ("concurrency", CONCURRENCY), ("seed", SEED)):
        value = getattr(load, key)
        if value is not None and (reason := limits.refuse(value)):
            yield LoadFault(key, reason, f"a whole number from {limits}")
    for key, unit in (("rate", "visitors per second"), ("duration_s", "seconds"), ("timeout_s", "seconds")):
        value = getattr(load, key)
        if value is not None and (reason := refuse_quantity(value)):
            yield LoadFault(key, reason, f"{unit}, above 0 and finite")


def _out_of_place(load: LoadNumbers) -> Iterator[LoadFault]:
    for key, arrivals in BELONGS_TO.items():
        if getattr(load, key) is not None and load.arrivals not in arrivals:
            right = f"it belongs to {listed(arrivals, 'or')} arrivals"
            yield LoadFault(key, f"{load.arrivals} arrivals have none", right)


def _missing(load: LoadNumbers) -> Iterator[LoadFault]:
    needed = {"burst": "requests", "closed": "concurrency"}.get(load.arrivals, "rate")
    if getattr(load, needed) is None:
        yield LoadFault(needed, f"{load.arrivals} arrivals need it", MEANING[needed])
    if load.requests is None and load.duration_s is None:
        yield LoadFault("requests", f"{load.arrivals} arrivals need an end", "give a number of requests or a duration")


def _too_many(load: LoadNumbers) -> Iterator[LoadFault]:
    """An open load without a number of requests plans about rate x duration of them."""
    if load.rate is None or load.duration_s is None or load.requests is not None:
        return
    if load.rate * load.duration_s > REQUESTS.high:
        yield too_many(load.rate, load.duration_s)


LONGEST_S = 1e8
"""Three years: of a plan that goes on for longer the times in nanoseconds would not fit."""


def _too_long(load: LoadNumbers) -> Iterator[LoadFault]:
    for key in ("duration_s", "timeout_s"):
        if (value := getattr(load, key)) is not None and value > LONGEST_S:
            yield LoadFault(key, f"{value:g} s is years", f"at most {LONGEST_S:g} s")
            return
    if load.rate is not None and load.duration_s is None and (load.requests or 1) / LONGEST_S > load.rate:
        yield too_slow(load.rate, load.requests or 1)


def too_slow(rate: float, requests: int) -> LoadFault:
    """So few come a second that a number of them takes years."""
    reason = f"{count(requests, 'visitor')} at {rate:g} per second would take years"
    return LoadFault("rate", reason, "a higher rate, or fewer requests")


def too_many(rate: float, duration_s: float) -> LoadFault:
    """More come in that time than a plan may have."""
    reason = f"{rate:g} per second for {duration_s:g} s is too many"
    return LoadFault("rate", reason, f"at most {REQUESTS.high:,} requests")


def check_numbers(load: LoadNumbers, max_connections: int | None) -> None:
    """PlanError for the first fault."""
    for fault in faults_of(load):
        raise PlanError(fault)
    if max_connections is not None and load.arrivals == "closed":
        raise PlanError(LoadFault("max_connections", "closed arrivals have none", "they have concurrency"))
    if max_connections is not None and (reason := CONCURRENCY.refuse(max_connections)):
        raise PlanError(LoadFault("max_connections", reason, f"a whole number from {CONCURRENCY}"))


def check_weights(weights: Sequence[float]) -> None:
    """There is something to choose from."""
    if not weights or min(weights) < 0 or not 0 < sum(weights) < math.inf:
        right = "numbers of 0 or more, one per path, not all 0"
        raise PlanError(LoadFault("weights", "they give nobody a path", right))


NS_PER_S = 1_000_000_000


def offsets(
    arrivals: Arrivals,
    requests: int | None,
    concurrency: int | None,
    rate: float | None,
    duration_s: float | None,
    seed: int,
) -> array[int]:
    """The intended start of each row; of closed arrivals, of the first visit of each visitor."""
    if arrivals in ("burst", "closed"):
        at_once = min(concurrency or REQUESTS.high, requests or REQUESTS.high)
        return array("q", bytes(8 * at_once))
    times_s = _constant_times_s(rate or 1.0) if arrivals == "constant" else _poisson_times_s(rate or 1.0, seed)
    offsets_ns = array("q", _until(times_s, requests, rate or 1.0, duration_s))
    if not offsets_ns:
        reason = f"nobody comes within {duration_s:g} s"
        raise PlanError(LoadFault("duration_s", reason, "a longer duration or a higher rate"))
    return offsets_ns


def _until(times_s: Iterator[float], requests: int | None, rate: float, duration_s: float | None) -> Iterator[int]:
    end_s = math.inf if duration_s is None else duration_s
    for row, time_s in enumerate(times_s):
        if row == requests or time_s >= end_s:
            return
        if row == REQUESTS.high:
            raise PlanError(too_many(rate, end_s))
        yield round(time_s * NS_PER_S)


def _constant_times_s(rate: float) -> Iterator[float]:
    row = 0
    while True:
        yield row / rate
        row += 1


def _poisson_times_s(rate: float, seed: int) -> Iterator[float]:
    # Written out instead of `expovariate`: only `random()` is promised to stay the same between Pythons.
    draw = random.Random(seed).random
    time_s = 0.0
    while True:
        time_s -= math.log(1.0 - draw()) / rate
        yield time_s


@dataclass(frozen=True, slots=True)
class Plan:
    """What the visitors will do. Build it with `make_plan`, which checks the numbers."""

    arrivals: Arrivals
    requests: int  # rows to keep; a closed plan with a duration may end with fewer
    concurrency: int | None  # closed: visitors at once
    rate: float | None  # constant, poisson: arrivals per second
    duration_s: float | None  # closed: no new request after it; constant, poisson: no arrival after it
    offsets_ns: array[int]  # 'q': intended start of each row; closed: of the first visit of each visitor
    path: array[int]  # 'H': which of the drive's paths each row asks for; the share of each is its weight
    seed: int
    timeout_s: float  # a visitor gives up this long after it intended to come
    keep_alive: bool
    # Open arrivals beyond it wait for a free connection, as in other load generators. No run of ours sets it: with a
    # connection for everybody sends are never late, and nothing would show that latency from the intended start is.
    max_connections: int | None
    turns: Sequence[int] = ()
    """Which of the pages of its path each row asks for; empty: they are taken in turn."""

    @property
    def loop(self) -> Literal["open", "closed"]:
        """Whether a slow server slows its visitors down (closed) or not (open)."""
        return "closed" if self.arrivals == "closed" else "open"

    @classmethod
    def burst(cls, requests: int, *, timeout_s: float = 60.0) -> Plan:
        """`requests` visitors at once, each on a connection of its own."""
        return make_plan("burst", requests=requests, timeout_s=timeout_s)


def make_plan(
    arrivals: Arrivals,
    *,
    requests: int | None = None,
    concurrency: int | None = None,
    rate: float | None = None,
    duration_s: float | None = None,
    seed: int = 1,
    timeout_s: float = 60.0,
    keep_alive: bool = False,
    max_connections: int | None = None,
    weights: Sequence[float] = (1.0,),
) -> Plan:
    """Plan a load; raises PlanError for numbers that make none.

    `weights` has one number per path of the drive: how often it is asked for, compared with the others.
    """
    check_numbers(LoadNumbers(arrivals, requests, concurrency, rate, duration_s, seed, timeout_s), max_connections)
    check_weights(weights)
    offsets_ns = offsets(arrivals, requests, concurrency, rate, duration_s, seed)
    rows = len(offsets_ns) if arrivals != "closed" else requests or REQUESTS.high
    return Plan(
        arrivals=arrivals,
        requests=rows,
        concurrency=concurrency,
        rate=rate,
        duration_s=duration_s,
        offsets_ns=offsets_ns,
        path=_assign_paths(rows, weights, seed),
        seed=seed,
        timeout_s=timeout_s,
        keep_alive=keep_alive,
        max_connections=max_connections,
    )


def _assign_paths(rows: int, weights: Sequence[float], seed: int) -> array[int]:
    if len(weights) == 1:
        return array("H", bytes(2 * rows))
    # A generator of its own: a second path must not move anybody's arrival.
    draw = random.Random(f"{seed} paths")
    return array("H", draw.choices(range(len(weights)), weights, k=rows))


def with_pages(plan: Plan, pages: Sequence[int]) -> Plan:
    """Each row of a path with several pages becomes as many rows of that path, one after another."""
    if all(many == 1 for many in pages):
        return plan
    many_of = [pages[path] for path in plan.path]
    if (together := sum(many_of)) > REQUESTS.high:
        reason = f"the pages of all visitors together make {together:,}"
        raise PlanError(LoadFault("requests", reason, f"at most {REQUESTS.high:,}"))
    return replace(
        plan,
        requests=together,
        offsets_ns=array("q", chain.from_iterable(map(repeat, plan.offsets_ns, many_of))),
        path=array("H", chain.from_iterable(map(repeat, plan.path, many_of))),
    )


@dataclass(frozen=True, slots=True)
class MixPart:
    """A plan that starts `after_ns` later than the whole, its paths numbered from `first_path`."""

    plan: Plan
    after_ns: int
    first_path: int


def mix(parts: Sequence[MixPart], last_paths: Collection[int] = ()) -> Plan:
    """All parts' visitors in the order of their intended starts; everything else is as the first part has it.

    Those for `last_paths` have the last rows, in the same order.
    """
    if len(parts) == 1 and not parts[0].after_ns and not last_paths:
        return parts[0].plan
    if any(part.plan.loop == "closed" for part in parts):
        who = "with loads of their own" if len(parts) > 1 else "with pages, or that are slow or leave,"
        reason = f"classes {who} need open arrivals"
        raise PlanError(LoadFault("arrivals", reason, "burst, constant or poisson"))
    together = sum(len(part.plan.offsets_ns) for part in parts)
    if together > REQUESTS.high:
        reason = f"all classes of visitors together make {together:,}"
        raise PlanError(LoadFault("requests", reason, f"at most {REQUESTS.high:,}"))
    rows = sorted(
        (part.first_path + path in last_paths, part.after_ns + offset_ns, part.first_path + path)
        for part in parts
        for offset_ns, path in zip(part.plan.offsets_ns, part.plan.path, strict=True)
    )
    return replace(
        parts[0].plan,
        requests=len(rows),
        offsets_ns=array("q", [offset_ns for _, offset_ns, _ in rows]),
        path=array("H", [path for _, _, path in rows]),
    )
