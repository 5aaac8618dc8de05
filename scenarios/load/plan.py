"""The load plan: when each visitor comes, decided before anything runs and the same for the same seed.

burst      everybody at once                                      open
constant   one every 1/rate seconds, whatever the server does     open
poisson    at random, `rate` per second on average                open
closed     `concurrency` visitors, each waits for its answer      closed
"""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Arrivals = Literal["burst", "closed", "constant", "poisson"]

MAX_REQUESTS = 1_000_000
MAX_CONCURRENCY = 20_000
NS_PER_S = 1_000_000_000


class PlanError(ValueError):
    """A load that cannot be planned; the message names the setting and what would be right."""


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
    max_connections: int | None  # open arrivals beyond it wait for a free connection and count as late
    drop_limit: int | None  # open arrivals beyond it are turned away, and counted

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
    drop_limit: int | None = None,
    weights: Sequence[float] = (1.0,),
) -> Plan:
    """Plan a load; raises PlanError for numbers that make none.

    `weights` has one number per path of the drive: how often it is asked for, compared with the others.
    """
    _check_arrivals(arrivals, concurrency, rate, max_connections, drop_limit)
    _check_end(arrivals, requests, duration_s)
    _check_numbers(requests, concurrency, rate, duration_s, timeout_s, max_connections, drop_limit)
    _check_weights(weights)
    offsets_ns = _offsets(arrivals, requests, concurrency, rate, duration_s, seed)
    rows = len(offsets_ns) if arrivals != "closed" else requests or MAX_REQUESTS
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
        drop_limit=drop_limit,
    )


def _offsets(
    arrivals: Arrivals,
    requests: int | None,
    concurrency: int | None,
    rate: float | None,
    duration_s: float | None,
    seed: int,
) -> array[int]:
    if arrivals in ("burst", "closed"):
        at_once = min(concurrency or MAX_REQUESTS, requests or MAX_REQUESTS)
        return array("q", bytes(8 * at_once))
    times_s = _constant_times_s(rate or 1.0) if arrivals == "constant" else _poisson_times_s(rate or 1.0, seed)
    offsets_ns = array("q", _until(times_s, requests, duration_s))
    if not offsets_ns:
        raise PlanError(f"nobody comes within {duration_s} s at a rate of {rate} per second")
    return offsets_ns


def _until(times_s: Iterator[float], requests: int | None, duration_s: float | None) -> Iterator[int]:
    end_s = math.inf if duration_s is None else duration_s
    for row, time_s in enumerate(times_s):
        if row == requests or time_s >= end_s:
            return
        if row == MAX_REQUESTS:
            raise PlanError(f"rate times duration must not make more than {MAX_REQUESTS} requests")
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


def _assign_paths(rows: int, weights: Sequence[float], seed: int) -> array[int]:
    if len(weights) == 1:
        return array("H", bytes(2 * rows))
    # A generator of its own: a second path must not move anybody's arrival.
    draw = random.Random(f"{seed} paths")
    return array("H", draw.choices(range(len(weights)), weights, k=rows))


def _check_arrivals(
    arrivals: str,
    concurrency: int | None,
    rate: float | None,
    max_connections: int | None,
    drop_limit: int | None,
) -> None:
    if arrivals not in get_args(Arrivals):
        raise PlanError(f"arrivals must be one of {', '.join(get_args(Arrivals))}, not {arrivals!r}")
    _needs(arrivals, "concurrency", concurrency, ("closed",))
    _needs(arrivals, "rate", rate, ("constant", "poisson"))
    bounds = (max_connections, drop_limit)
    if arrivals == "closed" and bounds != (None, None):
        raise PlanError("max_connections and drop_limit are for open arrivals; closed has concurrency")
    if None not in bounds:
        raise PlanError("give max_connections or drop_limit, not both: a bounded pool never drops")


def _needs(arrivals: str, name: str, value: float | None, who: tuple[str, ...]) -> None:
    if value is None and arrivals in who:
        raise PlanError(f"{arrivals} arrivals need {name}")
    if value is not None and arrivals not in who:
        raise PlanError(f"{name} is for {' and '.join(who)} arrivals, not for {arrivals}")


def _check_end(arrivals: str, requests: int | None, duration_s: float | None) -> None:
    if arrivals == "burst" and (requests is None or duration_s is not None):
        raise PlanError("burst arrivals need requests, and no duration")
    if requests is None and duration_s is None:
        raise PlanError(f"{arrivals} arrivals need requests, a duration, or both")


def _check_numbers(
    requests: int | None,
    concurrency: int | None,
    rate: float | None,
    duration_s: float | None,
    timeout_s: float,
    max_connections: int | None,
    drop_limit: int | None,
) -> None:
    for name, number, most in (
        ("requests", requests, MAX_REQUESTS),
        ("concurrency", concurrency, MAX_CONCURRENCY),
        ("max_connections", max_connections, MAX_CONCURRENCY),
        ("drop_limit", drop_limit, MAX_CONCURRENCY),
    ):
        if number is not None and not 1 <= number <= most:
            raise PlanError(f"{name} must be 1 to {most}, not {number}")
    for name, amount in (("rate", rate), ("duration", duration_s), ("timeout", timeout_s)):
        if amount is not None and not (amount > 0 and math.isfinite(amount)):
            raise PlanError(f"{name} must be above 0 and finite, not {amount}")


def _check_weights(weights: Sequence[float]) -> None:
    if not weights or min(weights) < 0 or not 0 < sum(weights) < math.inf:
        raise PlanError("weights must be numbers of 0 or more, one per path, and not all 0")
