"""Before a measurement: every worker has served somebody, and a lone request has been timed."""

from __future__ import annotations

import statistics
from dataclasses import replace as replace_in
from functools import partial
from operator import attrgetter
from time import monotonic_ns
from typing import TYPE_CHECKING, TypeVar

import anyio
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.analysis.project_answer import PageAlone, page_alone
from asgi_vs_wsgi.scenarios.analysis.unserved import kind_of
from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.run.child_processes import read_children
from asgi_vs_wsgi.scenarios.run.machine_load import worker_cpu_ns
from asgi_vs_wsgi.scenarios.run.round import Numbers, Recorded, new_trace, record
from asgi_vs_wsgi.scenarios.run.visit_plan import asked_as, lone_visit
from asgi_vs_wsgi.scenarios.wording import listed, named
from asgi_vs_wsgi.server_targets.probe.request_context import FOLLOW_LINES, FOLLOW_NAME, FOLLOW_TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.collector.collector import WorkerLink
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
    from asgi_vs_wsgi.scenarios.project.served_project import ServedProject
    from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget
    from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup
    from asgi_vs_wsgi.scenarios.trace.line_trace import Followed, VisitTimes
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

WARM_ROUNDS = 10
"""Workers share one socket, so who serves is not ours to say: bursts go on until all have, at most so many."""
PAGE_ROUNDS = 2
"""Of bursts for each page of a project of the user's own: the first visit may make what the second finds."""

IDLE_S = 0.1
LONE_REQUESTS = 3
"""So many that agree with one another are enough, and the most is MOST_LONE_REQUESTS."""
MOST_LONE_REQUESTS = 9
AGREE = 1.1
"""The slowest of the three quickest against the quickest: what else happens on the machine only ever adds to a time."""
LONE_BUDGET_NS = 600_000_000
"""Slow views are timed fewer times, since their time says more: after this long only where times do not agree."""
MOST_LONE_NS = 2_000_000_000
TOLD_WITHIN_S = 2.0
"""After its answer, a visit that was followed or timed."""
_POLL_S = 0.005

Told = TypeVar("Told")


async def warm_up(fleet: ServerGroup, running: RunningTarget, numbers: Numbers, timeout_s: float) -> None:
    """Send bursts until every worker has served a request."""
    served: set[int] = set()
    for _ in range(WARM_ROUNDS):
        recorded = await _send(fleet, running, _warm_visitors(running), timeout_s, numbers)
        served |= {pid for pid, worker in recorded.trace.workers.items() if worker.handlings}
        if len(served) >= running.target.workers or not fleet.experiment.probe:
            return


def _warm_visitors(running: RunningTarget) -> int:
    """As many as fill every worker that serves one at a time; else several a worker, since one may take most."""
    return running.target.workers * (1 if running.product.slot == "worker" else 4)


async def time_lone_requests(
    fleet: ServerGroup, running: RunningTarget, numbers: Numbers, timeout_s: float, trace: TargetTrace
) -> None:
    """Put S and c (see `lone_figures`) into the trace, 0 without answers, and whether those answers were pages.

    The CPU is that of whole worker processes and of what their views start, since serving costs more than the view,
    without what they use when idle (timers of loops and watchdogs).
    """
    idle = await _idle_share(fleet, running)
    times_ns: list[int] = []
    cpu_ns: list[int] = []
    while not enough(times_ns):
        before = _workers_cpu_ns(fleet, running)
        recorded = await _send(fleet, running, 1, timeout_s, numbers)
        visits = recorded.trace.visits
        if visits.outcome[0] != DONE:
            trace.service_ns = trace.service_cpu_ns = 0
            return
        trace.lone_unserved = trace.lone_unserved or kind_of(recorded.trace, 0)
        spent_ns, took_ns = _workers_cpu_ns(fleet, running) - before, visits.done_ns[0] - visits.intended_ns[0]
        times_ns.append(took_ns)
        cpu_ns.append(max(0, round(spent_ns - idle * took_ns)))
    trace.service_ns, trace.service_cpu_ns = lone_figures(times_ns, cpu_ns)


def lone_figures(times_ns: Sequence[int], cpu_ns: Sequence[int]) -> tuple[int, int]:
    """S and c: the median of the three quickest lone requests, and the least CPU that workers spent on one.

    The least, since what else happens on the machine only ever adds to it (caches gone cold, interrupts), and in the
    crowd that the law is about the caches are warm.
    """
    return int(statistics.median(sorted(times_ns)[:LONE_REQUESTS])), min(cpu_ns)


def enough(times_ns: list[int]) -> bool:
    """Whether these times of lone requests tell how long one takes."""
    quickest = sorted(times_ns)[:LONE_REQUESTS]
    if not quickest or len(times_ns) >= MOST_LONE_REQUESTS or sum(times_ns) >= MOST_LONE_NS:
        return bool(quickest)
    agree = quickest[-1] <= AGREE * quickest[0]
    return agree and (len(quickest) == LONE_REQUESTS or sum(times_ns) >= LONE_BUDGET_NS)


async def warm_pages(fleet: ServerGroup, running: RunningTarget, numbers: Numbers, timeout_s: float) -> None:
    """Of a project of the user's own: every page, in every worker as far as chance allows, and once more."""
    at_once = running.target.workers * (1 if running.product.slot == "worker" else 2)
    for visitors in fleet.experiment.scenario.toml.visitors:
        for _ in range(PAGE_ROUNDS):
            await _send(fleet, running, at_once, timeout_s, numbers, visitors.name)


async def time_pages(fleet: ServerGroup, running: RunningTarget, numbers: Numbers, timeout_s: float) -> list[PageAlone]:
    """What each page does alone, the quickest of a few visits; PagesRefused where some are none."""
    found: list[PageAlone] = []
    refused: dict[str, str] = {}
    for visitors in fleet.experiment.scenario.toml.visitors:
        alone: list[PageAlone] = []
        while not enough([each.time_ns for each in alone]):
            recorded = await _send(fleet, running, 1, timeout_s, numbers, visitors.name, follow=FOLLOW_TIMES)
            if kind := kind_of(recorded.trace, 0):
                refused[asked_as(fleet.experiment.scenario, visitors.name)] = _why(kind, recorded.trace)
                break
            told = await _told(fleet, running, partial(_times_of, recorded.trace.visits.first_id))
            alone.append(page_alone(recorded.trace, told))
        else:
            followed = await _followed(fleet, running, numbers, timeout_s, visitors.name)
            found.append(min(alone, key=attrgetter("time_ns"))._replace(followed=followed))
    if refused:
        raise PagesRefused(running.target.name, refused)
    return found


async def _followed(
    fleet: ServerGroup, running: RunningTarget, numbers: Numbers, timeout_s: float, of: str
) -> Followed | None:
    """What one visit of a page does, line by line; None where its worker has told of none."""
    if not (fleet.experiment.probe and fleet.experiment.lines):
        return None
    recorded = await _send(fleet, running, 1, timeout_s, numbers, of, follow=FOLLOW_LINES)
    if kind_of(recorded.trace, 0):
        return None
    return await _told(fleet, running, partial(_whole_of, recorded.trace.visits.first_id))


def _whole_of(request: int, link: WorkerLink) -> Followed | None:
    found = link.followed.get(request)
    return found if found and found.is_whole else None


def _times_of(request: int, link: WorkerLink) -> VisitTimes | None:
    return link.timed.get(request)


async def _told(fleet: ServerGroup, running: RunningTarget, find: Callable[[WorkerLink], Told | None]) -> Told | None:
    """What a worker tells of a visit that is over; None where none has told it in time, or none is looked into."""
    if not fleet.experiment.probe:
        return None
    with anyio.move_on_after(TOLD_WITHIN_S):
        while True:
            for link in fleet.collector.alive(running.index):
                if (told := find(link)) is not None:
                    return told
            await anyio.sleep(_POLL_S)
    return None


def _why(kind: str, trace: TargetTrace) -> str:
    """`500: OperationalError: no such table: books_book`."""
    handling = trace.handling(0)
    raised = handling.worker.raised.get(handling.failure) if handling else None
    return f"{kind}: {raised[0]}: {raised[1]}" if raised else kind


LEAST_VISITS, MOST_VISITS = 10, 5_000
"""Of a project of the user's own, where nobody says: for each page at least, and in all at most."""


def sized_load(
    load: Load, project: ServedProject, alone: Sequence[Sequence[PageAlone]], targets: Sequence[Target]
) -> Load:
    """With as many requests as fill the time at the slowest target, if every core computed; as it is where it says."""
    if not project.measures_s:
        return load
    weights = [page.weight for page in project.pages]
    slowest_ns = 1.0
    for target, pages in zip(targets, alone, strict=True):
        mean_ns = sum(page.time_ns * weight for page, weight in zip(pages, weights, strict=True)) / sum(weights)
        slowest_ns = max(slowest_ns, mean_ns / min(target.workers, cores()))
    least = max(load.concurrency or 1, LEAST_VISITS * len(weights))
    return replace(load, requests=min(max(round(project.measures_s * 1e9 / slowest_ns), least), MOST_VISITS))


class PagesRefused(RunFailed):
    """Paths that were asked for, and what was answered instead of a page: a status, or an error."""

    def __init__(self, target: str, refused: dict[str, str]) -> None:
        self.refused = refused
        told = listed(f"{path} ({kind})" for path, kind in refused.items())
        super().__init__(
            f"no pages at {named(target)}: {told}",
            hint="leave them out, or say what they want: --header 'Cookie: …', --host NAME",
        )


async def _send(
    fleet: ServerGroup,
    running: RunningTarget,
    requests: int,
    timeout_s: float,
    numbers: Numbers,
    of: str = "",
    *,
    follow: str = "",
) -> Recorded:
    visits = lone_visit(fleet.experiment.scenario, running.target, requests, timeout_s, of)
    if follow:
        asking = tuple(replace_in(each, headers=(*each.headers, (FOLLOW_NAME, follow))) for each in visits.requests)
        visits = replace_in(visits, requests=asking)
    trace = new_trace(running, visits, numbers.next_first_id(running.index, visits.plan.requests), fleet.collector)
    return await record(fleet, running, visits, trace)


async def _idle_share(fleet: ServerGroup, running: RunningTarget) -> float:
    """The part of a core that the target's workers use while nobody visits."""
    before, since_ns = _workers_cpu_ns(fleet, running), monotonic_ns()
    await anyio.sleep(IDLE_S)
    return (_workers_cpu_ns(fleet, running) - before) / (monotonic_ns() - since_ns)


def _workers_cpu_ns(fleet: ServerGroup, running: RunningTarget) -> int:
    links = fleet.collector.alive(running.index)
    pids = [link.pid for link in links]
    return sum(worker_cpu_ns(link) + read_children(link.pid, pids).cpu_ns for link in links)
