"""One drive: a plan's visitors are sent to one server, inside an event loop that others use too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scenarios.load.report import DriverReport, Watch
from scenarios.load.setting_out import new_crowd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.load.crowd import Crowd
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
    same `start_ns` (monotonic clock; default: now).

    Raises ValueError for an address that is not loopback, for a path or header that HTTP cannot carry, or when
    `visits` or `paths` do not fit the plan.
    """
    watch = Watch()
    crowd = new_crowd(plan, (host, port), paths, visits, headers=headers, start_ns=start_ns)
    try:
        await _until_all_have_ended(crowd)
    finally:
        crowd.close()
    return watch.report(crowd.late_ns)


async def _until_all_have_ended(crowd: Crowd) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def turn() -> None:
        try:
            if crowd.turn() and not ended.done():
                ended.set_result(None)
        except Exception as problem:  # the loop would only log it, and the drive would never end
            if not ended.done():
                ended.set_exception(problem)

    loop.add_reader(crowd.fileno(), turn)
    try:
        await ended
    finally:
        loop.remove_reader(crowd.fileno())
