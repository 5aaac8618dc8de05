"""The lab's front desk: takes the screen's commands one at a time and runs what it is told to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Command, Poll, Start, Stop, Update
from asgi_vs_wsgi.scenarios.lab.publisher import UpdatePublisher
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.observer import Callbacks
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.scenario_files.reader import scenario_of_files
from asgi_vs_wsgi.scenarios.storage.history import autosave_run, autosave_tournament
from asgi_vs_wsgi.scenarios.tournament.tournament import TournamentProgress, entrants, run_tournament
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.server_targets.processes.log_lines import crash_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import TaskGroup

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.tournament.standings import Tournament


class LabController:
    """At most one run at a time; a new one ends the old one first."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._newsroom = UpdatePublisher()
        self._scope: anyio.CancelScope | None = None
        self._ended = anyio.Event()

    async def obey(self, command: Command) -> Update | None:
        """Carry out a command; only Ask has an answer."""
        match command:
            case Poll():
                return self._newsroom.news()
            case Stop():
                await self._stop()
            case Start():
                await self._stop()
                self._begin(command)
        return None

    def _begin(self, start: Start) -> None:
        self._newsroom.begin(start.options.scenario, start.options.rounds)
        self._ended = anyio.Event()
        self._scope = anyio.CancelScope()
        self._tasks.start_soon(self._run, start, self._scope, self._ended)

    async def _stop(self) -> None:
        if self._scope is None:
            return
        self._scope.cancel()
        await self._ended.wait()

    async def _run(self, start: Start, scope: anyio.CancelScope, ended: anyio.Event) -> None:
        """Tell how it came out, and only then keep it."""
        newsroom, measured = self._newsroom, _Measured(Path(os.fsdecode(start.shelf)) if start.shelf else None)
        try:
            with scope:
                catalog = _catalog(start)
                if start.options.tournament_rounds:
                    await self._compete(start.options, catalog, measured)
                else:
                    await self._experiment(resolve(start.options, catalog), measured)
            if scope.cancelled_caught:
                newsroom.stopped()
        except LabError as error:
            newsroom.failed(error)
        finally:
            await self._keep(measured)
            self._scope = None
            ended.set()

    async def _experiment(self, experiment: Experiment, measured: _Measured) -> None:
        newsroom, scenario = self._newsroom, experiment.scenario
        measured.keep = lambda folder: autosave_run(folder, scenario, newsroom.so_far) if newsroom.so_far else ""
        newsroom.so_far = outcome = await run_experiment(experiment, newsroom)
        newsroom.notice = _crashes(outcome.result, lines=experiment.probe and experiment.lines)
        newsroom.finished(outcome.result)

    async def _compete(self, options: Options, catalog: Catalog, measured: _Measured) -> None:
        """A tournament shows its ranking as it grows, and no lanes: each server is on for a second or two."""
        newsroom, rounds = self._newsroom, options.tournament_rounds
        experiments, missing = entrants(options, catalog)
        so_far = TournamentProgress(rounds * len(experiments))
        measured.keep = lambda folder: autosave_tournament(folder, experiments[0], so_far)

        def ranking(tournament: Tournament) -> None:
            so_far.record(tournament)
            newsroom.ranking(tournament)

        watcher = Callbacks(newsroom.progress, lambda target, pid: None)
        newsroom.ranked(await run_tournament(experiments, missing, rounds, watcher, ranking, options.most_rounds))

    async def _keep(self, measured: _Measured) -> None:
        """Its servers are gone: nothing is measured that writing could disturb. A stop that comes meanwhile waits."""
        with anyio.CancelScope(shield=True):
            self._newsroom.keeping = True
            try:
                not_kept = await to_thread.run_sync(measured.keep, measured.folder)
                self._newsroom.notice = not_kept or self._newsroom.notice
            finally:
                self._newsroom.keeping = False


def _crashes(result: RunResult, *, lines: bool) -> str:
    """Of the first target that had one; empty where nothing crashed."""
    return next(
        (f"{named(each.name)}: {crash_words(each.crash, reads_lines=lines)}" for each in result.targets if each.crash),
        "",
    )


@dataclass
class _Measured:
    """What there is to keep of a run, however it ends."""

    folder: Path | None
    keep: Callable[[Path | None], str] = lambda folder: ""
    """Returns why it could not be kept."""


def _catalog(start: Start) -> Catalog:
    """Of the one scenario that the screen shows, where it says which; else of all."""
    files = start.scenario
    if files is None:
        return load_catalog(start.options.scenario_dirs)
    scenario = scenario_of_files(files.name, Path(os.fsdecode(files.folder)), files.toml, files.lesson, files.modules)
    return Catalog((scenario,), {})
