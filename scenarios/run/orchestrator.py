"""A whole run: servers up, warmed, lone requests timed, rounds recorded, figures computed, servers gone.

start ─► warm up ─► measure: for each round, for each target in turn: lone request ─► record ─► analyse
                └─► race:    all targets at once ─► analyse                                        │
                                                                   result ◄── verdict ◄── rounds ◄─┘
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.analysis.build_document import ladder_point
from asgi_vs_wsgi.scenarios.errors import unwrap_lab_error
from asgi_vs_wsgi.scenarios.planning.load import RUN_BUDGET_S, SHORT_S, ladder_load, round_count
from asgi_vs_wsgi.scenarios.results.metrics import taken_words
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_S
from asgi_vs_wsgi.scenarios.run.client_limits import check_client, check_loopback, limits_told
from asgi_vs_wsgi.scenarios.run.observer import Progress, Watcher
from asgi_vs_wsgi.scenarios.run.partial_result import cut_off, whole
from asgi_vs_wsgi.scenarios.run.round import CommonStart, Numbers, Recorded, new_trace, record
from asgi_vs_wsgi.scenarios.run.round_steps import (
    analysed,
    collecting,
    in_order,
    let_go,
    make_ready,
    warm_all,
    with_left_processes,
)
from asgi_vs_wsgi.scenarios.run.server_group import ServerGroup, running_servers
from asgi_vs_wsgi.scenarios.run.visit_plan import Visiting, requests_for, visiting
from asgi_vs_wsgi.scenarios.run.warmup import sized_load, time_lone_requests, time_pages
from asgi_vs_wsgi.scenarios.wording import listed, named

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.analysis.project_answer import PageAlone
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Load, PlannedEvent
    from asgi_vs_wsgi.scenarios.results import LadderPoint, TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

_log = logging.getLogger(__name__)


async def run_experiment(experiment: Experiment, watcher: Watcher) -> Outcome:
    """Run it and return its outcome; RunFailed where it could not be run.

    Cancelling it stops everything; the watcher is told what was measured until then, or until it failed.
    """
    _log.info("%s", _in_words(experiment))
    rounds, since_ns = _Rounds(experiment, watcher), monotonic_ns()
    check_client(experiment)
    await check_loopback()
    try:
        with limits_told():
            outcome = await _run(experiment, watcher, rounds)
            return replace(outcome, took_s=(monotonic_ns() - since_ns) / NS_PER_S)
    except anyio.get_cancelled_exc_class():
        if so_far := rounds.cut_off():
            watcher.cut_off(so_far)
        raise
    except Exception:
        with suppress(Exception):  # what has failed may fail again; the first is what is told
            if so_far := rounds.cut_off():
                watcher.cut_off(so_far)
        raise


async def _run(experiment: Experiment, watcher: Watcher, rounds: _Rounds) -> Outcome:
    async with collecting(experiment, watcher) as (folder, collector):
        watcher.progress(Progress("starting", _starting(experiment)))
        async with running_servers(experiment, folder, collector) as fleet:
            outcome = await rounds.on(fleet)
            watcher.progress(Progress("stopping", "stopping the servers"))
    watcher.progress(Progress("finished", "finished"))
    return with_left_processes(outcome, fleet)


def _in_words(experiment: Experiment) -> str:
    targets = " ".join(f"{target.name}:{target.workers}x{target.threads}" for target in experiment.targets)
    looks = f"probe {experiment.probe}, lines {experiment.lines}"
    what = f"{experiment.mode} {experiment.scenario.name} on {targets} in {experiment.rounds} rounds"
    return f"{what}: {experiment.load}, {experiment.parameters}, {looks}"


def _starting(experiment: Experiment) -> str:
    return f"starting {listed(dict.fromkeys(target.server for target in experiment.targets))}"


class _Rounds:
    """The rounds of one run, and how far they have come."""

    _fleet: ServerGroup
    """Once it is started."""

    def __init__(self, experiment: Experiment, watcher: Watcher) -> None:
        self._experiment = experiment
        self._watcher = watcher
        self._rounds = experiment.rounds
        self._numbers = Numbers()
        self._whole: list[list[tuple[TargetResult, TargetTrace]]] = []
        self._ladder: list[LadderPoint] = []
        self._recording: list[TargetTrace] = []
        """Of the round that goes on."""
        self._stopped_ns = 0
        self._pages_alone: list[list[PageAlone]] = []
        """Of each target, of a project of the user's own."""
        self._warms_up = experiment.scenario.toml.warm
        self._again = self._warms_up
        """Whether to measure again when others took the machine: they may be gone then, or here to stay; what was cold
        is warm then."""

    async def on(self, fleet: ServerGroup) -> Outcome:
        """Warm a started fleet up, record, analyse."""
        self._fleet = fleet
        self._experiment = fleet.experiment  # somebody may have been signed in
        try:
            return await self._all()
        except BaseException:
            self._stopped_ns = monotonic_ns()
            raise

    async def _all(self) -> Outcome:
        await warm_all(self._fleet, self._watcher, self._numbers)
        await self._size_load()
        if self._experiment.mode == "race":
            self._whole.append(await self._race())
        else:
            await self._measure_rounds()
        for visitors in self._experiment.ladder:
            await self._climb(visitors)
        outcome = whole(self._experiment, self._whole, self._ladder, self._pages_alone)
        if len(self._whole) > 1:
            self._watcher.recording(outcome.traces, 0)
        return outcome

    def cut_off(self) -> Outcome | None:
        """What was measured so far; asked for once the servers are gone."""
        found = cut_off(
            self._experiment,
            self._rounds,
            self._whole,
            self._ladder,
            self._recording,
            self._stopped_ns,
            self._pages_alone,
        )
        return with_left_processes(found, self._fleet) if found else None

    def _record_into(self, traces: list[TargetTrace], number: int) -> list[TargetTrace]:
        self._recording = traces
        self._watcher.recording(traces, number)
        return traces

    async def _size_load(self) -> None:
        """Of a project of the user's own nobody knows before how long a page takes: as many requests as fill the time.

        Its pages are asked for one by one here, and must be pages.
        """
        project, load = self._experiment.project, self._experiment.load
        if project is None:
            return
        for running in self._fleet.targets:
            self._watcher.progress(Progress("lone", f"each page alone at {named(running.target.name)}"))
            self._pages_alone.append(await time_pages(self._fleet, running, self._numbers, load.timeout_s))
        sized = sized_load(load, project, self._pages_alone, self._experiment.targets)
        self._experiment = msgspec.structs.replace(self._experiment, load=sized)

    def _events_of(self, running: RunningTarget) -> list[PlannedEvent]:
        return [event for event in self._experiment.scenario.toml.events if event.concerns(running.target.name)]

    async def _race(self) -> list[tuple[TargetResult, TargetTrace]]:
        load = self._experiment.load
        traces = self._record_into(self._new_traces(load), 1)
        self._watcher.progress(Progress("running", "all targets at once", 1, 1))
        recorded: dict[int, Recorded] = {}
        start = CommonStart(len(self._fleet.targets))

        async def one(running: RunningTarget) -> None:
            visits = self._visiting(running, load)
            events = self._events_of(running)
            recorded[running.index] = await record(
                self._fleet, running, visits, traces[running.index], events, start=start
            )

        with unwrap_lab_error():
            async with anyio.create_task_group() as tasks:
                for running in self._fleet.targets:
                    tasks.start_soon(one, running)
        return [self._analysed(running, recorded[running.index], load) for running in self._fleet.targets]

    async def _measure_rounds(self) -> None:
        since_ns = monotonic_ns()
        self._whole.append(await self._measure(1))
        if self._experiment.most_rounds > self._rounds:
            first_round_s = (monotonic_ns() - since_ns) / NS_PER_S
            self._rounds = round_count(first_round_s, self._rounds, self._experiment.most_rounds, RUN_BUDGET_S)
        for number in range(2, self._rounds + 1):
            self._whole.append(await self._measure(number))

    async def _measure(self, number: int) -> list[tuple[TargetResult, TargetTrace]]:
        """One round of all targets, one after another."""
        load = self._experiment.load
        traces = self._record_into(self._new_traces(load), number)
        results = {}
        for running in in_order(self._fleet.targets, number):
            words = f"measuring {named(running.target.name)}"
            if self._rounds > 1:
                words += f", round {number} of {self._rounds}"
            self._watcher.progress(Progress("running", words, number, self._rounds))
            recorded = await self._measure_one(running, load, traces, number)
            await let_go(self._fleet, running)
            results[running.index] = self._analysed(running, recorded, load)
        return [results[running.index] for running in self._fleet.targets]

    async def _measure_one(
        self, running: RunningTarget, load: Load, traces: list[TargetTrace], number: int
    ) -> Recorded:
        """Once more where others took much of the machine meanwhile, unless that has not helped before."""
        await make_ready(self._fleet, running, self._numbers)
        since_ns = monotonic_ns()
        recorded = await self._time_and_record(running, load, traces[running.index])
        short = monotonic_ns() - since_ns < SHORT_S * NS_PER_S
        if not (self._again and short and recorded.machine and recorded.machine.busy):
            return recorded
        words = f"{taken_words(recorded.machine)}: measuring {named(running.target.name)} again"
        self._watcher.progress(Progress("running", words, number, self._rounds))
        await make_ready(self._fleet, running, self._numbers)
        traces[running.index] = self._new_trace(running, load)
        self._record_into(traces, number)
        second = await self._time_and_record(running, load, traces[running.index])
        self._again = second.machine is not None and not second.machine.busy
        return second

    async def _time_and_record(self, running: RunningTarget, load: Load, trace: TargetTrace) -> Recorded:
        if self._warms_up:
            await time_lone_requests(self._fleet, running, self._numbers, load.timeout_s, trace)
        events = self._events_of(running)
        return await record(self._fleet, running, self._visiting(running, load), trace, events)

    async def _climb(self, visitors: int) -> None:
        """One step of the ladder."""
        load = ladder_load(self._experiment.load, visitors)
        traces = self._new_traces(load)
        for running in self._fleet.targets:
            words = f"ladder: {visitors} visitors at {named(running.target.name)}"
            self._watcher.progress(Progress("running", words))
            await make_ready(self._fleet, running, self._numbers)
            recorded = await record(self._fleet, running, self._visiting(running, load), traces[running.index])
            await let_go(self._fleet, running)
            result, _ = self._analysed(running, recorded, load)
            self._ladder.append(ladder_point(result, visitors))

    def _visiting(self, running: RunningTarget, load: Load) -> Visiting:
        return visiting(self._experiment.scenario, running.target, load)

    def _new_traces(self, load: Load) -> list[TargetTrace]:
        return [self._new_trace(running, load) for running in self._fleet.targets]

    def _new_trace(self, running: RunningTarget, load: Load) -> TargetTrace:
        coming = self._visiting(running, load)
        first_id = self._numbers.next_first_id(running.index, coming.plan.requests)
        return new_trace(running, coming, first_id, self._fleet.collector)

    def _analysed(self, running: RunningTarget, recorded: Recorded, load: Load) -> tuple[TargetResult, TargetTrace]:
        requests = requests_for(self._experiment.scenario, running.target)
        return analysed(self._experiment, running, recorded, load, requests)
