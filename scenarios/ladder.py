"""The load of one step of a ladder: the same scenario with another number of visitors."""

from __future__ import annotations

from msgspec.structs import replace

from scenarios.definition import Load


def ladder_load(load: Load, visitors: int) -> Load:
    """A burst of `visitors`, or so many at a time; with fewer requests than visitors some would never come."""
    if load.arrivals == "closed":
        requests = None if load.requests is None else max(load.requests, visitors)
        return replace(load, concurrency=visitors, requests=requests)
    return replace(load, requests=visitors)
