"""A scenario's page in a real browser on each target in turn, under load from our driver: rounds, figures, records.

round 1   gunicorn-sync: visitors come ─► a visit for each kind of click ─► nobody comes any more
          uvicorn:       the same
round 2   uvicorn first
at last   a visit more to each, under the same load: the browser records it, and it counts for nothing else

Everybody who comes beside the browser asks for the target's own view and comes again once it is answered, for as long
as the browser is there: a burst would be over before a page is loaded.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.browser.chromium import Chromium, started_chromium
from asgi_vs_wsgi.scenarios.browser.page_visit import PageVisit, visit_page
from asgi_vs_wsgi.scenarios.browser.visit_figures import TargetVisits, vitals_of
from asgi_vs_wsgi.scenarios.browser.visit_trace import recorded_visit
from asgi_vs_wsgi.scenarios.errors import RunFailed, unwrap_lab_error
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.results.browser import CLICKS, BrowserFacts
from asgi_vs_wsgi.scenarios.results.outcome import RecordedPage
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_S
from asgi_vs_wsgi.scenarios.run.client_limits import check_client, check_loopback, limits_told
from asgi_vs_wsgi.scenarios.run.observer import Progress, Watcher
from asgi_vs_wsgi.scenarios.run.partial_result import cut_off, whole
from asgi_vs_wsgi.scenarios.run.round import Numbers, new_trace, record
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
from asgi_vs_wsgi.scenarios.run.visit_plan import Visiting, lone_visit
from asgi_vs_wsgi.scenarios.run.warmup import time_lone_requests
from asgi_vs_wsgi.scenarios.secret_values import without_secret_values
from asgi_vs_wsgi.scenarios.wording import named

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.run.round import Recorded
    from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

PAGE = "page.html"
"""In a scenario's folder: the target's own view answers with it, and it has the four buttons."""
SETTLED_S = 5.0
"""At most so long the browser waits for as many answers as there are visitors beside it."""
MOST_REQUESTS = 10_000
"""Of the browser at one target in one round."""
_PROFILE_BYTES = 32_000_000


async def browse(experiment: Experiment, path: str, watcher: Watcher, *, traced: bool = True) -> Outcome:
    """Measure every target's page with the browser at `path` (see chromium.find_browser).

    `traced`: whether the browser records a visit more to each target as well, once all is measured.
    The experiment's load is that of planning.load.beside_load. RunFailed where the browser or a page is lost.
    Cancelling it stops everything; the watcher is told what was measured until then.
    """
    check_client(experiment)
    await check_loopback()
    since_ns = monotonic_ns()
    rounds: _Rounds | None = None
    try:
        with limits_told():
            async with collecting(experiment, watcher, _PROFILE_BYTES) as (folder, collector):
                watcher.progress(Progress("starting", "starting Chromium and the servers"))
                with unwrap_lab_error():
                    # The browser first: what the servers leave behind is told from what was there before them.
                    async with (
                        started_chromium(path, folder) as browser,
                        running_servers(experiment, folder, collector) as fleet,
                    ):
                        rounds = _Rounds(fleet, browser, watcher, BrowserFacts(browser.product, path, 0))
                        await rounds.measure()
                        if traced:
                            await rounds.record_pages()
                        watcher.progress(Progress("stopping", "stopping the servers"))
    except BaseException:
        with suppress(Exception):  # the first is what is told
            if rounds and (so_far := rounds.cut_off()):
                watcher.cut_off(so_far)
        raise
    watcher.progress(Progress("finished", "finished"))
    return replace(rounds.outcome(), took_s=(monotonic_ns() - since_ns) / NS_PER_S)


class _Rounds:
    def __init__(self, fleet: ServerGroup, browser: Chromium, watcher: Watcher, facts: BrowserFacts) -> None:
        self._fleet, self._browser, self._watcher = fleet, browser, watcher
        self._experiment = fleet.experiment
        self._numbers = Numbers()
        self._own_page = (self._experiment.scenario.folder / PAGE).is_file() and not self._experiment.project
        self._of = [TargetVisits(running.path) for running in fleet.targets]
        self._coming = [self._visiting(running) for running in fleet.targets]
        """Beside the browser, at each target."""
        self._lone: dict[int, tuple[int, int]] = {}
        """S and c (see warmup.lone_figures)."""
        self._whole: list[list[tuple[TargetResult, TargetTrace]]] = []
        self._pages: list[RecordedPage] = []
        self._facts = msgspec.structs.replace(facts, beside=self._experiment.load.concurrency or 0)

    async def measure(self) -> None:
        """All rounds."""
        await warm_all(self._fleet, self._watcher, self._numbers)
        for number in range(1, self._experiment.rounds + 1):
            traces = [self._new_trace(running) for running in self._fleet.targets]
            self._watcher.recording(traces, number)
            results: dict[int, tuple[TargetResult, TargetTrace]] = {}
            visits: dict[int, list[PageVisit]] = {}
            for running in in_order(self._fleet.targets, number):
                await make_ready(self._fleet, running, self._numbers)
                trace = traces[running.index]
                results[running.index], visits[running.index] = await self._one(running, trace, number)
                await let_go(self._fleet, running)
            self._whole.append([results[running.index] for running in self._fleet.targets])
            for running in self._fleet.targets:
                self._of[running.index].add_round(visits[running.index], results[running.index][1])

    async def _one(
        self, running: RunningTarget, trace: TargetTrace, number: int
    ) -> tuple[tuple[TargetResult, TargetTrace], list[PageVisit]]:
        """One target in one round."""
        load = self._experiment.load
        if running.index not in self._lone and self._experiment.scenario.toml.warm:
            await time_lone_requests(self._fleet, running, self._numbers, load.timeout_s, trace)
            self._lone[running.index] = trace.service_ns, trace.service_cpu_ns
        trace.service_ns, trace.service_cpu_ns = self._lone.get(running.index, (0, 0))
        visits = _Visits(self._browser, running, self, number)
        recorded = await self._beside(visits, running, trace)
        return analysed(self._experiment, running, recorded, load, self._coming[running.index].requests), visits.done

    async def _beside(self, visits: _Visits, running: RunningTarget, trace: TargetTrace) -> Recorded:
        with unwrap_lab_error():
            recorded = await record(self._fleet, running, self._coming[running.index], trace, meanwhile=visits)
        if not visits.over:
            name = named(running.target.name)
            raise RunFailed(f"{name}: those beside the browser did not come for as long as it was there")
        trace.decode()
        return recorded

    async def record_pages(self) -> None:
        """A visit more to each target, of which the browser records a trace."""
        for running in self._fleet.targets:
            await make_ready(self._fleet, running, self._numbers)
            trace, visit = self._new_trace(running), _RecordedVisit(self._browser, running, self, 0)
            await self._beside(visit, running, trace)
            self._pages.append(RecordedPage(trace, visit.asked, visit.events, visit.whole))
            await let_go(self._fleet, running)

    def first_number(self, running: RunningTarget) -> int:
        """Of the browser's own requests in one round."""
        return self._numbers.next_first_id(running.index, MOST_REQUESTS)

    def say(self, running: RunningTarget, number: int, what: str) -> None:
        """What is done now; round 0: when all are over."""
        rounds = self._experiment.rounds
        when = f"round {number} of {rounds}" if number else "after all rounds"
        words = f"{named(running.target.name)}, {when}: {what}"
        self._watcher.progress(Progress("running", words, number or rounds, rounds))

    @property
    def own_page(self) -> bool:
        """Whether the scenario brings one."""
        return self._own_page

    @property
    def beside(self) -> int:
        """Visitors at a time."""
        return self._facts.beside

    @property
    def timeout_s(self) -> float:
        """Of a page, as of any request."""
        return self._experiment.load.timeout_s

    def _visiting(self, running: RunningTarget) -> Visiting:
        load = self._experiment.load
        one = lone_visit(self._experiment.scenario, running.target, 1, load.timeout_s)
        plan = make_plan(
            "closed",
            concurrency=load.concurrency,
            duration_s=load.duration_s,
            timeout_s=load.timeout_s,
            seed=load.seed,
            keep_alive=load.keep_alive,
        )
        return replace(one, plan=plan)

    def _new_trace(self, running: RunningTarget) -> TargetTrace:
        coming = self._coming[running.index]
        first_id = self._numbers.next_first_id(running.index, coming.plan.requests)
        return new_trace(running, coming, first_id, self._fleet.collector)

    def outcome(self) -> Outcome:
        """Of the rounds that are whole."""
        return self._with_browser(whole(self._experiment, self._with_vitals(), []))

    def cut_off(self) -> Outcome | None:
        """The same of a run that was stopped; None before its first round was whole."""
        if not self._whole:
            return None
        rounds, stopped_ns = self._with_vitals(), monotonic_ns()
        found = cut_off(self._experiment, self._experiment.rounds, rounds, [], [], stopped_ns)
        return self._with_browser(found) if found else None

    def _with_vitals(self) -> list[list[tuple[TargetResult, TargetTrace]]]:
        """Those of all rounds with each target: one visit is no percentile."""
        vitals = [vitals_of(of, own_page=self._own_page) for of in self._of]
        return [
            [
                (msgspec.structs.replace(result, vitals=vitals[at]), trace)
                for at, (result, trace) in enumerate(of_one_round)
            ]
            for of_one_round in self._whole
        ]

    def _with_browser(self, outcome: Outcome) -> Outcome:
        outcome = with_left_processes(outcome, self._fleet)
        load = msgspec.structs.replace(outcome.result.load, duration_s=None)  # theirs was the browser's
        result = msgspec.structs.replace(outcome.result, browser=self._facts, load=load)
        return replace(outcome, result=result, pages=self._pages)


class _Visits:
    """The browser's visits to one target in one round, one for each kind of click."""

    def __init__(self, browser: Chromium, running: RunningTarget, rounds: _Rounds, number: int) -> None:
        self._browser, self._running, self._rounds, self._number = browser, running, rounds, number
        self._first = self._next = rounds.first_number(running)
        self.done: list[PageVisit] = []
        self.over = False

    def cpu_ns(self) -> int:
        """See round.Meanwhile."""
        return self._browser.cpu_ns()

    async def __call__(self, trace: TargetTrace) -> None:
        """Once there were as many answers as visitors beside: the first come while nobody is in line yet."""
        with anyio.move_on_after(SETTLED_S):
            while len(trace.visits.finished) < self._rounds.beside:
                await anyio.sleep(0.01)
        await self._visit()
        self.over = True

    async def _visit(self) -> None:
        for click in CLICKS:
            self._say("the page")
            visit = await visit_page(
                self._browser,
                self._origin,
                self._running.path,
                click,
                own_page=self._rounds.own_page,
                next_number=self._number_of_request,
                timeout_s=self._rounds.timeout_s,
                whose=self._running.target.name,
                on_click=partial(self._say, CLICKS[click]),
            )
            self.done.append(visit)

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._running.port}"

    def _say(self, what: str) -> None:
        self._rounds.say(self._running, self._number, what)

    def _number_of_request(self) -> int:
        self._next += 1
        return self._first + (self._next - self._first) % MOST_REQUESTS


class _RecordedVisit(_Visits):
    """One visit, of which the browser records a trace."""

    asked: dict[int, str]
    events: bytes
    whole: bool

    async def _visit(self) -> None:
        self._say("the browser records a visit")
        asked, self.events, self.whole = await recorded_visit(
            self._browser,
            self._origin,
            self._running.path,
            own_page=self._rounds.own_page,
            next_number=self._number_of_request,
            timeout_s=self._rounds.timeout_s,
            whose=self._running.target.name,
        )
        self.asked = {each.number: without_secret_values(each.path) for each in asked if each.number}
