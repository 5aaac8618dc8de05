"""A whole drive, and what is so after every one."""

from __future__ import annotations

from typing import Any

import anyio

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits

ARRIVALS: dict[str, dict[str, Any]] = {
    "burst": {"arrivals": "burst", "requests": 40},
    "constant": {"arrivals": "constant", "rate": 2_000, "requests": 40},
    "poisson": {"arrivals": "poisson", "rate": 2_000, "requests": 40},
    "closed": {"arrivals": "closed", "concurrency": 4, "requests": 40},
}


async def driven(plan, port, *, first_id=1, paths=("/",)):
    """The visits of a whole drive, which must not hang."""
    visits = Visits(plan.requests, first_id)
    with anyio.fail_after(30):
        report = await drive(plan, port, paths, visits)
    return visits, report


def assert_in_order(visits):
    """The times that happened are in order, and a visit that is done has all six."""
    for row, outcome in enumerate(visits.outcome):
        times = [
            visits.intended_ns[row],
            visits.connect_start_ns[row],
            visits.connected_ns[row],
            visits.sent_ns[row],
            visits.first_byte_ns[row],
            visits.done_ns[row],
        ]
        happened = [at_ns for at_ns in times if at_ns]
        assert happened == sorted(happened)
        assert len(happened) == 6 or outcome != DONE


def assert_all_ended(visits):
    """Every row has one outcome, and is among the finished once."""
    assert visits.counts()["pending"] == 0
    assert sorted(visits.finished) == list(range(len(visits)))
    assert len(set(visits.started)) == len(visits.started)
