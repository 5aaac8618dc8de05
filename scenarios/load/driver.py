"""One drive: a plan's visitors are sent to one server, inside an event loop that others use too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.driver_health import DriverReport, Watch
from asgi_vs_wsgi.scenarios.load.setting_out import new_crowd
from asgi_vs_wsgi.scenarios.load.slow_clients import clients_of, divided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.load.generator import Crowd
    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.slow_client import Behaviour, Client
    from asgi_vs_wsgi.scenarios.load.visits import Visits

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
    behaviours: Sequence[Behaviour | None] = (),
) -> DriverReport:
    """Carry out `plan` against http://host:port and write what happens into `visits` as it happens.

    Returns when every visit has ended; `plan.timeout_s` bounds each. When cancelled, it closes every socket, and
    the visits that have not ended stay PENDING. Several drives may share a loop; those of a race get the
    same `start_ns` (monotonic clock; default: now). `behaviours` has one entry per path: how those who ask for it
    differ from the crowd; their rows must be the plan's last (see mix).

    Raises ValueError for an address that is not loopback, for a path or header that HTTP cannot carry, or when
    `visits` or `paths` do not fit the plan.
    """
    if len(visits) != plan.requests:
        raise ValueError("visits and paths must fit the plan")
    watch = Watch()
    own, beside = divided(plan, behaviours)
    crowd = new_crowd(own, (host, port), paths, visits, headers=headers, start_ns=start_ns)
    try:
        async with asyncio.TaskGroup() as tasks:
            for client in clients_of(plan, beside, behaviours, paths, (host, port), visits):
                tasks.create_task(_beside(client, crowd))
            await _until_all_have_ended(crowd)
    finally:
        crowd.close()
    return watch.report(crowd.late_ns)


async def _beside(client: Client, crowd: Crowd) -> None:
    await client.run()
    crowd.ended_beside += 1


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
