"""Which numbers make a load, and which do not: of a scenario's folder, of options, and of a drive without a lab.

Without msgspec, as is all of this package: what the driver costs is measured from its process's start.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, get_args

from asgi_vs_wsgi.scenarios.model.limits import CONCURRENCY, REQUESTS, SEED, Arrivals, refuse_quantity
from asgi_vs_wsgi.scenarios.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ARRIVALS: tuple[str, ...] = get_args(Arrivals)
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
    if load.arrivals not in ARRIVALS:
        yield LoadFault("arrivals", f"`{load.arrivals}` is no kind of arrivals", f"known: {', '.join(ARRIVALS)}")
        return
    yield from _out_of_bounds(load)
    yield from _out_of_place(load)
    yield from _missing(load)
    yield from _too_many(load)


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
