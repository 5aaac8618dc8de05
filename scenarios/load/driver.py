"""One drive: a plan's visitors are sent to one server, those of slow clients by tasks beside the generator.

The driver watches itself: a late or worn-out driver would be taken for a slow server.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.arrivals import Alarm
from asgi_vs_wsgi.scenarios.load.connection_pool import is_loopback
from asgi_vs_wsgi.scenarios.load.epoll_loop import LoadGenerator
from asgi_vs_wsgi.scenarios.load.journey import AS_USUAL, Journey, PageTemplate, PageVisitor
from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec, request_specs, request_templates
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour, SlowClient
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.visits import Visits


@dataclass(frozen=True, slots=True)
class DriverReport:
    """How well the driver kept its plan."""

    lag_p99_ms: float | None
    """How late visits began. Waiting for a connection of a bounded pool is not the driver's; None for closed
    arrivals, which have no schedule to be late for."""
    cpu_share: float
    """Of one core, by this whole process, while the drive lasted."""
    retried: int = 0
    """Requests sent again on a new connection, since the server had left the kept one before it read them."""
    closed_by_server: int = 0
    """Connections that were to be kept and that the server ended."""


class DriverHealth:
    """Measures from its making to its `report`."""

    def __init__(self) -> None:
        self._wall_s = time.monotonic()
        self._cpu_s = time.process_time()

    def report(self, late_ns: Sequence[int]) -> DriverReport:
        """The figures of a drive whose visits began so late; none: there was no schedule."""
        cpu_s = time.process_time() - self._cpu_s
        wall_s = time.monotonic() - self._wall_s
        lag_p99_ms = nearest_rank(sorted(late_ns), 99) / 1e6 if late_ns else None
        return DriverReport(lag_p99_ms, cpu_s / wall_s)


def new_crowd(
    plan: Plan,
    address: tuple[str, int],
    requests: Sequence[str | RequestSpec],
    visits: Visits,
    *,
    headers: Mapping[str, str] | None = None,
    start_ns: int | None = None,
) -> LoadGenerator:
    """A crowd that sets out at `start_ns` (default: now). Raises ValueError for what `driver.drive` refuses."""
    host, port = address
    if not is_loopback(host) or not 1 <= port <= 65_535:
        raise ValueError(f"only ports of loopback addresses (127.0.0.0/8) may be driven, not {host}:{port}")
    if len(visits) < plan.requests or max(plan.path, default=0) >= len(requests):
        raise ValueError("visits and requests must fit the plan")
    templates = request_templates(
        requests,
        f"{host}:{port}",
        keep_alive=plan.keep_alive,
        headers=headers,
        first_id=visits.first_id,
        request_of=plan.path,
        turns=plan.turns,
    )
    visits.start_ns = time.monotonic_ns() if start_ns is None else start_ns
    return LoadGenerator(plan, address, request_specs(requests), templates, visits)


def divided(plan: Plan, beside: Collection[int]) -> tuple[Plan, range]:
    """The crowd's own part of the plan, and the rows of those who ask for the paths `beside` it: the plan's last."""
    if not beside:
        return plan, range(0)
    crowd = next((row for row, path in enumerate(plan.path) if path in beside), plan.requests)
    if not all(path in beside for path in plan.path[crowd:]):
        raise ValueError("those who behave otherwise must be the plan's last rows")
    own = replace(plan, requests=crowd, offsets_ns=plan.offsets_ns[:crowd], path=plan.path[:crowd])
    return own, range(crowd, plan.requests)


def clients_of(
    plan: Plan,
    rows: Sequence[int],
    behaviours: Sequence[ClientBehaviour | None],
    requests: Sequence[str | RequestSpec],
    address: tuple[str, int],
    visits: Visits,
) -> Iterator[SlowClient]:
    """One client for each row, of a class without a journey; each closes its connection after its answer."""
    if not rows:
        return
    host, specs = f"{address[0]}:{address[1]}", request_specs(requests)
    templates = request_templates(specs, host, keep_alive=False, first_id=visits.first_id, request_of=plan.path)
    for row in rows:
        behaviour = behaviours[plan.path[row]]
        assert behaviour is not None
        request = templates[plan.path[row]] % (visits.first_id + row)
        head_only = specs[plan.path[row]].method == "HEAD"
        intended_ns = visits.start_ns + plan.offsets_ns[row]
        yield SlowClient(row, request, address, behaviour, visits, intended_ns, plan.timeout_s, head_only)


def visitors_of(
    plan: Plan,
    rows: range,
    behaviours: Sequence[ClientBehaviour | None],
    journeys: Sequence[Journey | None],
    address: tuple[str, int],
    visits: Visits,
) -> Iterator[PageVisitor]:
    """One visitor for as many rows as its journey has pages."""
    host = f"{address[0]}:{address[1]}"
    templates = [
        [PageTemplate(spec, host, keep_alive=plan.keep_alive) for spec in journey.pages] if journey else []
        for journey in journeys
    ]
    turns, row = Counter[int](), rows.start
    while row < rows.stop:
        path = plan.path[row]
        journey = journeys[path]
        if journey is None:
            row += 1
            continue
        yield PageVisitor(
            journey,
            templates[path],
            row,
            turns[path],
            address,
            visits,
            behaviours[path] or AS_USUAL,
            intended_ns=visits.start_ns + plan.offsets_ns[row],
            timeout_s=plan.timeout_s,
            keep_alive=plan.keep_alive,
            seed=plan.seed,
        )
        turns[path] += 1
        row += len(journey.pages)


__all__ = ["DriverReport", "drive"]


async def drive(
    plan: Plan,
    port: int,
    requests: Sequence[str | RequestSpec],
    visits: Visits,
    *,
    host: str = "127.0.0.1",
    headers: Mapping[str, str] | None = None,
    start_ns: int | None = None,
    behaviours: Sequence[ClientBehaviour | None] = (),
    journeys: Sequence[Journey | None] = (),
    until: asyncio.Event | None = None,
) -> DriverReport:
    """Carry out `plan` against http://host:port and write what happens into `visits` as it happens.

    Returns when every visit has ended; `plan.timeout_s` bounds each. When cancelled, it closes every socket, and
    the visits that have not ended stay PENDING. Several drives may share a loop; those of a race get the
    same `start_ns` (monotonic clock; default: now). `requests` has an entry for each of the plan's paths (a path alone
    is a GET), and `behaviours` and `journeys` too: how those who ask for it differ from the crowd, and the pages of
    those who ask for several, each with a row of its own; their rows must be the plan's last (`mix`). Once `until`
    is set, nobody comes any more (closed arrivals with a duration).

    Raises ValueError for an address that is not loopback, for a path or header that HTTP cannot carry, or when
    `visits` or `requests` do not fit the plan.
    """
    if len(visits) != plan.requests:
        raise ValueError("visits and requests must fit the plan")
    watch = DriverHealth()
    behaviours, journeys = behaviours or [None] * len(requests), journeys or [None] * len(requests)
    own, beside = divided(plan, {at for at, both in enumerate(zip(behaviours, journeys, strict=True)) if any(both)})
    crowd = new_crowd(own, (host, port), requests, visits, headers=headers, start_ns=start_ns)
    alone = [row for row in beside if journeys[plan.path[row]] is None]
    visitors = [*visitors_of(plan, beside, behaviours, journeys, (host, port), visits)]
    try:
        with Alarm() as alarm:
            async with asyncio.TaskGroup() as tasks:
                for client in clients_of(plan, alone, behaviours, requests, (host, port), visits):
                    tasks.create_task(_beside(client, crowd))
                for visitor in visitors:
                    tasks.create_task(visitor.run(alarm, partial(_page_ended, crowd, visits)))
                stopping = tasks.create_task(_stop(crowd, until)) if until else None
                await _until_all_have_ended(crowd)
                if stopping:
                    stopping.cancel()
    finally:
        crowd.close()
    retried = crowd.retried + sum(visitor.connection.retried for visitor in visitors)
    closed = crowd.closed_by_server + sum(visitor.connection.closed_by_server for visitor in visitors)
    return replace(watch.report(crowd.late_ns), retried=retried, closed_by_server=closed + retried)


async def _stop(crowd: LoadGenerator, until: asyncio.Event) -> None:
    await until.wait()
    crowd.stop()


async def _beside(client: SlowClient, crowd: LoadGenerator) -> None:
    await client.run()
    crowd.ended_beside += 1


def _page_ended(crowd: LoadGenerator, visits: Visits, row: int) -> None:
    """It had a time to begin at as those of the crowd have, and counts as they do where the driver was late for it."""
    crowd.ended_beside += 1
    if began_ns := visits.connect_start_ns[row]:
        crowd.late_ns.append(began_ns - visits.intended_ns[row])


async def _until_all_have_ended(crowd: LoadGenerator) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def turn() -> None:
        try:
            if crowd.turn() and not ended.done():
                ended.set_result(None)
        except Exception as problem:  # noqa: BLE001 - the loop would only log it, and the drive would never end
            if not ended.done():
                ended.set_exception(problem)

    loop.add_reader(crowd.fileno(), turn)
    try:
        await ended
    finally:
        loop.remove_reader(crowd.fileno())
