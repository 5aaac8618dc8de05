"""The lab's front desk: takes the screen's commands one at a time and runs what it is told to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from scenarios.catalog import Catalog, load_catalog
from scenarios.errors import LabError
from scenarios.experiment import Experiment, Options
from scenarios.lab.messages import Ask, Command, News, Start, Stop
from scenarios.lab.newsroom import Newsroom
from scenarios.resolve import resolve
from scenarios.result import RunResult
from scenarios.run.experiment_run import run_experiment
from scenarios.run.watcher import Callbacks
from scenarios.saved.keeping import keep_run, keep_tournament
from scenarios.tournament.entrants import entrants
from scenarios.tournament.so_far import SoFar
from scenarios.tournament.standings import Tournament
from scenarios.tournament.tournament import run_tournament
from server_targets.crash import crash_words


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
        newsroom, folder = self._newsroom, Path(shelf) if shelf else None
        try:
            with scope:
                catalog = load_catalog(options.scenario_dirs)
                if options.tournament_rounds:
                    await self._compete(options, catalog, folder)
                else:
                    await self._experiment(resolve(options, catalog), folder)
            if scope.cancelled_caught:
                newsroom.stopped()
        except LabError as error:
            newsroom.failed(error)
        finally:
            self._scope = None
            ended.set()

    async def _experiment(self, experiment: Experiment, folder: Path | None) -> None:
        newsroom, scenario = self._newsroom, experiment.scenario
        try:
            outcome = await run_experiment(experiment, newsroom)
        except anyio.get_cancelled_exc_class():
            if newsroom.so_far:
                await self._keep(keep_run, folder, scenario, newsroom.so_far)
            raise
        await self._keep(keep_run, folder, scenario, outcome)
        newsroom.notice = newsroom.notice or _crashes(outcome.result, lines=experiment.probe and experiment.lines)
        newsroom.finished(outcome.result)

    async def _compete(self, options: Options, catalog: Catalog, folder: Path | None) -> None:
        """A tournament shows its ranking as it grows, and no lanes: each server is on for a second or two."""
        newsroom, rounds = self._newsroom, options.tournament_rounds
        experiments, missing = entrants(options, catalog)
        so_far = SoFar(rounds * len(experiments))

        def ranking(tournament: Tournament) -> None:
            so_far.take(tournament)
            newsroom.ranking(tournament)

        watcher = Callbacks(newsroom.progress, lambda target, pid: None)
        try:
            tournament = await run_tournament(experiments, missing, rounds, watcher, ranking, options.most_rounds)
        finally:
            await self._keep(keep_tournament, folder, experiments[0], so_far)
        newsroom.ranked(tournament)

    async def _keep(self, keep: Callable[..., str], *arguments: Any) -> None:
        """Its servers are gone: nothing is measured that writing could disturb. A stop that comes meanwhile waits."""
        with anyio.CancelScope(shield=True):
            self._newsroom.notice = await to_thread.run_sync(keep, *arguments)


def _crashes(result: RunResult, *, lines: bool) -> str:
    """Of the first target that had one; empty where nothing crashed."""
    return next(
        (f"{each.name}: {crash_words(each.crash, reads_lines=lines)}" for each in result.targets if each.crash), ""
    )
