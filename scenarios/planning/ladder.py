"""The load of one step of a ladder: the same scenario with another number of visitors."""

from __future__ import annotations

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.model.scenario import Load

WITH_A_NUMBER = ("burst", "closed")
"""Arrivals that have a number of visitors; the others have a rate."""
LEAST_TOP = 8
STEPS = (1, 2, 4, 8, 16, 32, 64)


def has_ladder(load: Load) -> bool:
    """Whether there is a number of visitors to change."""
    return load.arrivals in WITH_A_NUMBER


def ladder_steps(load: Load) -> tuple[int, ...]:
    """Powers of two that reach the load's own number of visitors, at least 8 and at most 64."""
    own = (load.concurrency if load.arrivals == "closed" else load.requests) or 1
    return tuple(step for step in STEPS if step < 2 * own or step <= LEAST_TOP)


def ladder_load(load: Load, visitors: int) -> Load:
    """A burst of `visitors`, or so many at a time; with fewer requests than visitors some would never come."""
    if load.arrivals == "closed":
        requests = None if load.requests is None else max(load.requests, visitors)
        return replace(load, concurrency=visitors, requests=requests)
    return replace(load, requests=visitors)
