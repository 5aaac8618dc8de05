"""The lab's front desk: takes the screen's commands one at a time and runs what it is told to."""

from __future__ import annotations

import anyio
from anyio.abc import TaskGroup

from scenarios.catalog import Catalog, load_catalog
from scenarios.errors import LabError
from scenarios.experiment import Options
from scenarios.lab.keeping import kept
from scenarios.lab.messages import Ask, Command, News, Start, Stop
from scenarios.lab.newsroom import Newsroom
from scenarios.resolve import resolve
from scenarios.run.experiment_run import run_experiment
from scenarios.run.watcher import Callbacks
from scenarios.tournament.entrants import entrants
from scenarios.tournament.tournament import run_tournament


class Desk:
    """At most one run at a time; a new one ends the old one first."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._newsroom = Newsroom()
        self._scope: anyio.CancelScope | None = None
        self._ended = anyio.Event()

    async def obey(self, command: Command) -> News | None:
        """Carry out a command; only Ask has an answer."""
        match command:
            case Ask():
                return self._newsroom.news()
            case Stop():
                await self._stop()
            case Start(options, shelf):
                await self._stop()
                self._begin(options, shelf)
        return None

    def _begin(self, options: Options, shelf: str) -> None:
        self._newsroom.begin(options.scenario, options.rounds)
        self._ended = anyio.Event()
        self._scope = anyio.CancelScope()
        self._tasks.start_soon(self._run, options, shelf, self._scope, self._ended)

    async def _stop(self) -> None:
        if self._scope is None:
            return
        self._scope.cancel()
        await self._ended.wait()

    async def _run(self, options: Options, shelf: str, scope: anyio.CancelScope, ended: anyio.Event) -> None:
        newsroom = self._newsroom
        try:
            with scope:
                catalog = load_catalog(options.scenario_dirs)
                if options.tournament_rounds:
                    await self._compete(options, catalog)
                else:
                    experiment = resolve(options, catalog)
                    outcome = await run_experiment(experiment, newsroom)
                    newsroom.finished(outcome.result, await kept(shelf, experiment.scenario, outcome))
            if scope.cancelled_caught:
                newsroom.stopped()
        except LabError as error:
            newsroom.failed(error)
        finally:
            self._scope = None
            ended.set()

    async def _compete(self, options: Options, catalog: Catalog) -> None:
        """A tournament shows its ranking as it grows, and no lanes: each server is on for a second or two."""
        newsroom = self._newsroom
        experiments, missing = entrants(options, catalog)
        watcher = Callbacks(newsroom.progress, lambda target, pid: None)
        newsroom.ranked(
            await run_tournament(experiments, missing, options.tournament_rounds, watcher, newsroom.ranking)
        )
