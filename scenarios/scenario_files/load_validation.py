"""Which fields of a load belong to which arrivals, and how large they may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.plan_validation import PlanError
from asgi_vs_wsgi.scenarios.model.limits import CONCURRENCY, REQUESTS, SEED, refuse_quantity
from asgi_vs_wsgi.scenarios.model.scenario import Arrivals, Load
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest

ARRIVALS: tuple[str, ...] = get_args(Arrivals)
BELONGS_TO = {
    "concurrency": ("closed",),
    "rate": ("constant", "poisson"),
    "duration_s": ("closed", "constant", "poisson"),
}
"""Fields that only some arrivals have; `requests` fits them all."""


def load_faults(load: Load) -> Iterator[Problem]:
    """Everything wrong with a load, the keys being those of Load."""
    if load.arrivals not in ARRIVALS:
        yield Problem("arrivals", f"`{load.arrivals}` is no kind of arrivals", suggest(load.arrivals, ARRIVALS))
        return
    yield from _out_of_bounds(load)
    yield from _out_of_place(load)
    yield from _missing(load)
    yield from _too_many(load)


def _out_of_bounds(load: Load) -> Iterator[Problem]:
    for key, limits in (("requests", REQUESTS), ("concurrency", CONCURRENCY), ("seed", SEED)):
        value = getattr(load, key)
        if value is not None and (reason := limits.refuse(value)):
            yield Problem(key, reason, f"a whole number from {limits}")
    for key, unit in (("rate", "visitors per second"), ("duration_s", "seconds"), ("timeout_s", "seconds")):
        value = getattr(load, key)
        if value is not None and (reason := refuse_quantity(value)):
            yield Problem(key, reason, f"{unit}, above 0 and finite")


def _out_of_place(load: Load) -> Iterator[Problem]:
    for key, arrivals in BELONGS_TO.items():
        if getattr(load, key) is not None and load.arrivals not in arrivals:
            yield Problem(key, f"{load.arrivals} arrivals have none", f"it belongs to {_either(arrivals)} arrivals")


def _missing(load: Load) -> Iterator[Problem]:
    needed = {"burst": "requests", "closed": "concurrency"}.get(load.arrivals, "rate")
    if getattr(load, needed) is None:
        yield Problem(needed, f"{load.arrivals} arrivals need it", MEANING[needed])
    if load.requests is None and load.duration_s is None:
        yield Problem("requests", f"{load.arrivals} arrivals need an end", "give a number of requests or a duration")


MEANING = {
    "requests": "how many visitors come at once",
    "concurrency": "how many visitors there are, each waiting for its answer",
    "rate": "how many visitors come per second",
}


def _too_many(load: Load) -> Iterator[Problem]:
    """An open load without a number of requests plans about rate x duration of them."""
    if load.rate is None or load.duration_s is None or load.requests is not None:
        return
    planned = load.rate * load.duration_s
    if planned > REQUESTS.high:
        reason = f"{load.rate:g} per second for {load.duration_s:g} s is too many"
        yield Problem("rate", reason, f"at most {REQUESTS.high:,} requests")
    elif planned < SURELY_SOMEBODY and _nobody_comes(load):
        yield Problem("duration_s", f"nobody comes within {load.duration_s:g} s", "a longer duration or a higher rate")


SURELY_SOMEBODY = 100
"""Expected visitors from which on it need not be tried whether random arrivals bring any."""


def _nobody_comes(load: Load) -> bool:
    try:
        make_plan(load.arrivals, rate=load.rate, duration_s=load.duration_s, seed=load.seed)
    except PlanError:
        return True
    return False


def _either(words: tuple[str, ...]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))
