"""One recorded round: visitors are sent to one target or to all at once, and what workers and database tell is kept."""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, Protocol

import anyio
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.load.client_errors import open_files_limit
from asgi_vs_wsgi.scenarios.load.driver import DriverReport, drive
from asgi_vs_wsgi.scenarios.load.visits import Visits
from asgi_vs_wsgi.scenarios.run.child_processes import ChildWatch
from asgi_vs_wsgi.scenarios.run.machine_load import MachineWatch, own_cpu_ns, worker_cpu_ns, worker_ready_ns
from asgi_vs_wsgi.scenarios.run.server_events import EventRunner
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind, Vital
from asgi_vs_wsgi.server_targets.probe.request_context import FOREIGN_FROM
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import read_vitals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.collector.collector import Collector, WorkerLink
    from asgi_vs_wsgi.scenarios.database import Database
    from asgi_vs_wsgi.scenarios.model.scenario import PlannedEvent
    from asgi_vs_wsgi.scenarios.results import MachineShare
    from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget
    from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup
    from asgi_vs_wsgi.scenarios.run.visit_plan import Visiting
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

COUNT_EVERY_S = 0.05


async def keep_counting(database: Database, trace: TargetTrace) -> None:
    """Until cancelled; the counts go into the trace as readings of its workers."""
    while True:
        with anyio.CancelScope(shield=True):  # a query that is cancelled would cost us the session
            await count_connections(database, trace)
        await anyio.sleep(COUNT_EVERY_S)


async def count_connections(database: Database, trace: TargetTrace) -> None:
    """One reading of each living worker."""
    alive = [pid for pid, worker in trace.workers.items() if not worker.died_ns]
    asked_ns = monotonic_ns()  # what was open before the first visitor came is not the round's, however late it is told
    counts = await database.open_connections(alive)
    for pid, count in counts.items():
        trace.feed(pid, RECORD.pack(asked_ns, count, 0, 0, Kind.VITAL, Vital.CONNECTIONS, 0))


READ_EVERY_S = 0.01
END_LIMIT_S = 1.0
"""A server's own end of a request comes up to 30 ms after the client's; not waited for longer than this."""
SETTLE_S = 0.05
"""After the last end on a loop: by then the worker's sampler has met what goes on there for more than a moment, such as
a task that a request has started."""


class Numbers:
    """Deals out number ranges for requests, so that no two phases of a run share any at the same target.

    A worker's record has 32 bits for the number, and a run may send more requests than that. So each target counts for
    itself, since only its own workers record its requests; and each phase takes no more numbers than it has requests.
    That is enough for 1,000 rounds of a million requests, each measured twice. Beyond, numbers are used again: by then
    at least 3.7 thousand million requests have passed, and none of the old ones is still on its way.
    """

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def next_first_id(self, target: int, requests: int) -> int:
        """The number of the first request of a new phase of so many at that target."""
        first = self._next.get(target, 1)
        if first + requests > FOREIGN_FROM:
            first = 1
        self._next[target] = first + requests
        return first


@dataclass(slots=True)
class Recorded:
    """One target's round: its trace and how the driver did."""

    trace: TargetTrace
    report: DriverReport
    machine: MachineShare | None
    crash: str | None = None
    """By which signal a worker crashed meanwhile."""
    files_limit: int | None = None
    """The limit of open files that the server ran into; None where it did not say so."""


def new_trace(running: RunningTarget, visiting: Visiting, first_id: int, collector: Collector) -> TargetTrace:
    """An empty trace of a target that knows the workers that live now."""
    plan = visiting.plan
    visits = Visits(plan.requests, first_id)
    trace = TargetTrace(
        running.facts(), visits, classes=visiting.classes, class_of=plan.path, turns=array("H", plan.turns)
    )
    for link in collector.alive(running.index):
        _add_worker(trace, link)
    return trace


def _add_worker(trace: TargetTrace, link: WorkerLink) -> WorkerTrace:
    worker = trace.add_worker(link.pid)
    worker.shows_calls, worker.reads_lines, worker.fate = link.shows_calls, link.reads_lines, link.fate
    worker.sees_awaits = link.sees_awaits
    return worker


class Meanwhile(Protocol):
    """Somebody who visits the target while the plan's visitors come, and for as long as whom they come."""

    async def __call__(self, trace: TargetTrace) -> None:
        """Once the visitors are on their way."""

    def cpu_ns(self) -> int:
        """The processor time of the processes that it has started, which are ours."""


LEAD_NS = 5_000_000
"""From when all targets of a race are ready to when their first visitors are due: their plans are laid out by then."""


class CommonStart:
    """The instant from which the visitors of all targets of a race are counted: none begins while another gets ready.

    What is read before a target's visitors come takes milliseconds, in which the same loop sends nobody.
    """

    def __init__(self, targets: int) -> None:
        self._missing = targets
        self._ready = anyio.Event()
        self._start_ns = 0

    async def when_all_are_ready(self) -> int:
        """The same for each of them, `LEAD_NS` after the last has asked; monotonic ns."""
        self._missing -= 1
        if self._missing == 0:
            self._start_ns = monotonic_ns() + LEAD_NS
            self._ready.set()
        await self._ready.wait()
        return self._start_ns


async def record(
    fleet: ServerGroup,
    running: RunningTarget,
    visiting: Visiting,
    trace: TargetTrace,
    events: Sequence[PlannedEvent] = (),
    meanwhile: Meanwhile | None = None,
    start: CommonStart | None = None,
) -> Recorded:
    """Send the plan's visitors to one target; its trace grows meanwhile and is whole on return.

    With `meanwhile` the plan is closed, and ends when that does. With `start` they set out when those of the others do.
    """
    report: DriverReport
    counts = fleet.experiment.scenario.toml.database
    read_rings(fleet.collector, running.index, trace)
    _read_vitals(trace)
    _read_clocks(fleet.collector, running.index, trace)
    if counts:
        await count_connections(fleet.database, trace)
    children = ChildWatch(trace)
    children.read_now()
    machine = MachineWatch(lambda: fleet.cpu_ns() + (meanwhile.cpu_ns() if meanwhile else 0))
    lab_ns, upstream_ns = own_cpu_ns(), fleet.upstream_cpu_ns()
    start_ns = await start.when_all_are_ready() if start else None
    over = asyncio.Event() if meanwhile else None
    said_before = running.process.out_of_files
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_keep_reading, fleet.collector, running.index, trace)
        tasks.start_soon(children.keep_reading)
        if counts:
            tasks.start_soon(keep_counting, fleet.database, trace)
        if events:
            first_ns = min(visiting.plan.offsets_ns, default=0)
            tasks.start_soon(EventRunner(events, running, fleet.collector).run, trace, first_ns)
        if meanwhile and over:
            tasks.start_soon(_until_over, meanwhile, trace, over)
        report = await drive(
            visiting.plan,
            running.port,
            visiting.requests,
            trace.visits,
            start_ns=start_ns,
            behaviours=visiting.behaviours,
            journeys=visiting.journeys,
            until=over,
        )
        tasks.cancel_scope.cancel()
    shares = machine.shares()
    if shares:
        served_ns = fleet.upstream_cpu_ns() - upstream_ns
        shares = replace(
            shares, lab_cpu_ms=(own_cpu_ns() - lab_ns) / 1e6, upstream_cpu_ms=served_ns / 1e6 if upstream_ns else None
        )
    await _until_ended(fleet.collector, running.index, trace)
    _read_clocks(fleet.collector, running.index, trace)
    _read_vitals(trace)
    if counts:
        await count_connections(fleet.database, trace)
    lost = any(worker.died_ns for worker in trace.workers.values())  # and what they had used with them
    crash = await running.process.heard_crash() if lost else None
    ran_out = running.process.out_of_files > said_before
    return Recorded(trace, report, None if lost else shares, crash, open_files_limit() if ran_out else None)


async def _until_over(meanwhile: Meanwhile, trace: TargetTrace, over: asyncio.Event) -> None:
    await meanwhile(trace)
    over.set()


def _read_vitals(trace: TargetTrace) -> None:
    """A round may be over before a worker's own five readings a second: the lab takes one before it and one at its end.

    The one before tells what the workers held already.
    """
    for pid, worker in trace.workers.items():
        with contextlib.suppress(OSError):
            readings = read_vitals(Path(f"/proc/{pid}/status").read_bytes())
            if not worker.died_ns:
                records = (RECORD.pack(monotonic_ns(), v, 0, 0, Kind.VITAL, vital, 0) for vital, v in readings.items())
                trace.feed(pid, b"".join(records))


def _read_clocks(collector: Collector, target: int, trace: TargetTrace) -> None:
    """What each worker's process has used; of one that came or went between the two readings nothing is made."""
    for link in collector.alive(target):
        at_ns, used_ns = monotonic_ns(), worker_cpu_ns(link)
        if used_ns and link.pid in trace.workers:
            for vital, ns in ((Vital.CPU_US, used_ns), (Vital.READY_US, worker_ready_ns(link))):
                trace.store(link.pid, RECORD.pack(at_ns, ns // 1000, 0, 0, Kind.VITAL, vital, 0))


async def _keep_reading(collector: Collector, target: int, trace: TargetTrace) -> None:
    """Once more when it is cancelled: a run that is stopped loses nothing that its workers had recorded."""
    try:
        while True:
            read_rings(collector, target, trace)
            await anyio.sleep(READ_EVERY_S)
    finally:
        read_rings(collector, target, trace)


def read_rings(collector: Collector, target: int, trace: TargetTrace) -> None:
    """Move what the target's workers recorded since the last time into the trace, unread."""
    for link in collector.of_target(target):
        records = link.read()
        if link.pid not in trace.workers and (link.died_ns and not records):
            continue  # it was gone before this round
        worker = _add_worker(trace, link)
        if records:
            trace.store(link.pid, records)
        worker.locations, worker.raised = link.locations, link.raised
        worker.lost, worker.fate = link.lost, link.fate
        worker.died_ns = link.died_ns if link.fate.ended else 0


async def _until_ended(collector: Collector, target: int, trace: TargetTrace) -> None:
    """Read on until every request that a living worker began has ended there, what they raised has been told, and what
    they had started has ended too."""
    ended_s = anyio.current_time()
    with anyio.move_on_after(END_LIMIT_S):
        while True:
            read_rings(collector, target, trace)
            trace.decode()
            looped = any(worker.loops for worker in trace.workers.values())
            if _open_requests(trace) or _untold_failures(trace) or _at_work(trace):
                ended_s = anyio.current_time()
            elif not looped or anyio.current_time() - ended_s >= SETTLE_S:
                break
            await anyio.sleep(READ_EVERY_S)
    await collector.settled(target)
    read_rings(collector, target, trace)


def _at_work(trace: TargetTrace) -> bool:
    """Whether what a request has started holds a loop or a thread."""
    return any(worker.at_work for worker in trace.workers.values() if not worker.died_ns)


def _open_requests(trace: TargetTrace) -> bool:
    return any(
        not handling.end_ns
        for worker in trace.workers.values()
        if not worker.died_ns
        for handling in worker.handlings.values()
    )


def _untold_failures(trace: TargetTrace) -> bool:
    """Whether a record has overtaken the words that it refers to: they come through the worker's socket."""
    return any(
        handling.failure and handling.failure not in worker.raised
        for worker in trace.workers.values()
        for handling in worker.handlings.values()
    )
