"""One drive: a plan's visitors are sent to one server, inside an event loop that others use too."""

from __future__ import annotations

import asyncio
import time
from operator import sub
from typing import TYPE_CHECKING

from scenarios.load.connections import is_loopback
from scenarios.load.crowd import Crowd
from scenarios.load.report import DriverReport, Watch
from scenarios.load.request import request_templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scenarios.load.plan import Plan
    from scenarios.load.visits import Visits

__all__ = ["DriverReport", "drive"]


async def drive(
    plan: Plan,
    port: int,
    paths: Sequence[str],
    visits: Visits,
    *,
    host: str = "127.0.0.1",
    headers: Mapping[str, str] | None = None,
    start_ns: int | None = None,
) -> DriverReport:
    """Carry out `plan` against http://host:port and write what happens into `visits` as it happens.

    Returns when every visit has ended; `plan.timeout_s` bounds each. When cancelled, it closes every socket and
    the visits that have not ended become CANCELLED. Several drives may share a loop; those of a race get the
    same `start_ns` (monotonic; default: now).

    Raises ValueError for an address that is not loopback, for a path or header that HTTP cannot carry, or when
    `visits` or `paths` do not fit the plan.
    """
    if not is_loopback(host):
        raise ValueError(f"only loopback addresses (127.0.0.0/8) may be driven, not {host}")
    if len(visits) != plan.requests or max(plan.path) >= len(paths):
        raise ValueError("visits and paths must fit the plan")
    templates = request_templates(paths, f"{host}:{port}", keep_alive=plan.keep_alive, headers=headers)
    visits.start_ns = time.monotonic_ns() if start_ns is None else start_ns
    watch = Watch()
    crowd = Crowd(plan, (host, port), templates, visits)
    await _run(crowd)
    return watch.report(_lateness(crowd, visits))


async def _run(crowd: Crowd) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def turn() -> None:
        try:
            over = crowd.turn()
        except Exception as problem:  # the loop would only log it, and the drive would never end
            if not ended.done():
                ended.set_exception(problem)
        else:
            if over and not ended.done():
                ended.set_result(None)

    try:
        for fd in crowd.filenos():
            loop.add_reader(fd, turn)
        await ended
    finally:
        for fd in crowd.filenos():
            loop.remove_reader(fd)
        crowd.close()


def _lateness(crowd: Crowd, visits: Visits) -> Iterable[int]:
    # In a closed loop nobody is late for a schedule, only slow to come again.
    return map(sub, visits.connect_start_ns, visits.intended_ns) if crowd.arrivals.closed else crowd.late_ns
