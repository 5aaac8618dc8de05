"""Commands that the screen starts in a box of their own, and the runs that they save.

The user's own project, from its form; and a scenario's page in a real browser, from mode Vitals.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.planning.load import beside_load
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.tui.user_data import keep_last_project, read_last_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from asgi_vs_wsgi.tui.lab_client.project_child import ProjectChild
    from asgi_vs_wsgi.tui.lab_client.spawner import LabSpawner
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.project_box import Came
    from asgi_vs_wsgi.tui.screens.project_form import Wanted
    from asgi_vs_wsgi.tui.screens.run_control import RunControl
    from asgi_vs_wsgi.tui.screens.run_values import Choice

AROUND_REPORT = 10
"""Columns beside the lines of a report in its box."""
WIDEST_REPORT = 110
ANSWERED = "once the run has been shown (e shows its end), the answer stands first in tips (7)"


def browse_words(choice: Choice) -> list[str]:
    """What was chosen for a scenario, as options of `browse`: who comes at a rate, and a race, are nothing to it."""
    options, load = choice.options, choice.experiment.load
    words = [word for target in options.targets for word in ("--target", target)]
    words += [word for value in options.parameters for word in ("--set", value)]
    if load != choice.experiment.scenario.toml.load:
        words += ["--concurrency", str(beside_load(load, None).concurrency)]
    if options.timeout_s is not None:
        words += ["--timeout", f"{options.timeout_s:g}"]
    return [*words, "--rounds", str(options.rounds)] if "rounds" in choice.changed else words


class ProjectControl:
    """A part of the screen. What it needs is imported when somebody asks for the form."""

    COMMANDS: ClassVar = frozenset({"own_project", "browse"})

    def __init__(self, host: Host, screen: Screen[Any], runs: RunControl) -> None:
        self._host, self._screen, self._runs = host, screen, runs
        self._spawner: LabSpawner | None = None
        self._keeps = True
        """Whether what is measured goes to the recent runs."""
        self._used: dict[str, str] | None = None
        self._child: ProjectChild | None = None
        self._folder = ExitStack()
        """In which the command saves its run for the screen: held until it is shown."""
        runs.ask_for_project = self.own_project

    def use(self, spawner: LabSpawner, *, keeps: bool) -> None:
        """Who starts processes, at a priority that is not the screen's; whether runs are kept."""
        self._spawner, self._keeps = spawner, keeps

    def may(self, command: str) -> bool:
        """Whether its key would do something: while its entry of the list is looked at, or Vitals."""
        return self._runs.may_browse if command == "browse" else self._runs.at_own_project

    @property
    def used(self) -> dict[str, str]:
        """What was used last; empty where there was nothing."""
        if self._used is None:
            self._used = read_last_project()
        return self._used

    @property
    def path(self) -> str:
        """The folder that was used last, to be shown."""
        return printable(self.used.get("path", ""))

    def own_project(self) -> None:
        """Open the form."""
        if self._runs.guard.may_end_it("run"):
            from asgi_vs_wsgi.tui.screens.project_values import values_at_first

            self._ask(values_at_first(self.used, Path.cwd()))

    def _ask(self, values: dict[str, str], *step: str) -> None:
        from asgi_vs_wsgi.tui.screens.project_form import ProjectForm

        self._screen.app.push_screen(ProjectForm(values, *step), self._begin)

    def _begin(self, wanted: Wanted | None) -> None:
        """What runs is ended, since it would be measured too."""
        if wanted is None:
            return
        from asgi_vs_wsgi.tui.screens.project_values import RUN, arguments, to_be_kept, to_be_written

        self._used = to_be_kept(wanted.values)
        keep_last_project(to_be_written(self._used))
        self._host.redraw()
        words = ["project", *arguments(self._used, wanted.step)]
        saves = wanted.step == RUN
        self._in_box(
            f"{OWN_PROJECT} · {wanted.step}", words, lambda: self._ask(wanted.values, wanted.step), saves=saves
        )

    def browse(self) -> None:
        """Measure what is looked at in a real browser; what runs is ended."""
        scenario = self._host.scenario
        if scenario is None or not self._runs.guard.may_end_it("run"):
            return
        choice = self._runs.choice_of(scenario.name)
        words = ["browse", scenario.name, *(browse_words(choice) if choice else []), *self._runs.scenarios_words]
        self._in_box(f"{scenario.toml.title} · a real browser", words, self._host.redraw, saves=True)

    def _in_box(self, title: str, words: list[str], otherwise: Callable[[], None], *, saves: bool) -> None:
        """Start a command and show its run, if it comes to one; else `otherwise`, once the box is left."""
        from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
        from asgi_vs_wsgi.tui.screens.project_box import ProjectBox

        self._runs.stop()
        try:
            run_file = self._folder.enter_context(run_folder()) / "run.avw"
        except RunFailed as error:
            self._screen.notify(error.one_line(), severity="error")
            return
        if saves:
            words = [*words, "--save", str(run_file), *([] if self._keeps else ["--no-keep"])]

        async def start() -> ProjectChild:
            run_file.parent.mkdir(0o700, exist_ok=True)  # once more, where somebody has tidied up
            return await self._start(words)

        async def over(came: Came | None) -> None:
            try:
                await self._end_child()
                if came and came.saved:
                    await self._show(run_file)
                    if came.failure:
                        self._screen.notify(came.failure, severity="error")
                else:
                    otherwise()
            finally:
                self._folder.close()

        self._screen.app.push_screen(ProjectBox(title, start, run_file), over)

    async def _start(self, words: list[str]) -> ProjectChild:
        from asgi_vs_wsgi.tui.lab_client.project_child import ProjectChild, start_project
        from asgi_vs_wsgi.tui.lab_client.spawner import LabSpawner

        await self._end_child()
        self._spawner = self._spawner or LabSpawner()
        columns = min(WIDEST_REPORT, max(60, self._screen.app.size.width - AROUND_REPORT))
        started = await asyncio.wrap_future(self._spawner.call(lambda: start_project(words, columns)))
        self._child = ProjectChild(started)
        return self._child

    async def _show(self, run_file: Path) -> None:
        """As any saved run."""
        from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

        try:
            saved = await asyncio.to_thread(read_run, run_file)
        except BadInput as error:
            self._screen.notify(error.one_line(), severity="error")
            return
        self._runs.open(saved)
        if saved.result.answer is not None:
            self._screen.notify(ANSWERED)

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.close()

    async def close(self) -> None:
        """The screen is left: what it has started goes with it."""
        await self._end_child()
        self._folder.close()
