"""When visitors come, counted from the start of a drive."""

from __future__ import annotations

import math
import random
from array import array
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.plan_validation import MAX_REQUESTS, Arrivals, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
