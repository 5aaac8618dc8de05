"""The load plan: when each visitor comes, decided before anything runs and the same for the same seed.

burst      everybody at once                                      open
constant   one every 1/rate seconds, whatever the server does     open
poisson    at random, `rate` per second on average                open
closed     `concurrency` visitors, each waits for its answer      closed
"""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from asgi_vs_wsgi.scenarios.load.offsets import offsets
from asgi_vs_wsgi.scenarios.load.plan_validation import (
    MAX_REQUESTS,
    Arrivals,
    check_arrivals,
    check_end,
    check_numbers,
    check_weights,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    check_arrivals(arrivals, concurrency, rate, max_connections, drop_limit)
    check_end(arrivals, requests, duration_s)
    check_numbers(requests, concurrency, rate, duration_s, timeout_s, max_connections, drop_limit)
    check_weights(weights)
    offsets_ns = offsets(arrivals, requests, concurrency, rate, duration_s, seed)
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


def _assign_paths(rows: int, weights: Sequence[float], seed: int) -> array[int]:
    if len(weights) == 1:
        return array("H", bytes(2 * rows))
    # A generator of its own: a second path must not move anybody's arrival.
    draw = random.Random(f"{seed} paths")
    return array("H", draw.choices(range(len(weights)), weights, k=rows))
