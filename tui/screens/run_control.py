"""Which scenario the screen is about, and what runs one or opens a run that was kept."""

from __future__ import annotations

from shlex import split
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS, MOST_ROUNDS, has_ladder, ladder_steps
from asgi_vs_wsgi.scenarios.planning.resolve import as_changed, resolve
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.scenarios.scenario_files.reader import read_again
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.duration_notice import ladder_lines, tournament_lines
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.screens.escape_and_quit import RunGuard
    from asgi_vs_wsgi.tui.screens.keys import RunHost
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.run_values import Choice

QUIZ, WHAT_IF = "quiz", "what-if"
WITHOUT_A_RUN = frozenset({"code", "tips", QUIZ, WHAT_IF})
"""Modes that do not show a run as it goes: who has asked for one in the form of `x` sees it among its lanes."""
OF_PROJECT = frozenset({"run", "measure", "try_out"})
"""Commands that open the form of the user's own project, where that is what is looked at."""


class RunControl:
    """A part of the screen. While the user browses, it is about what is chosen in the list; else about the last run."""

    COMMANDS: ClassVar = frozenset(
        {"run", "measure", "tournament", "ladder", "stop", "undo", "to_run", "try_out", "as_written"}
    )

    def __init__(
        self,
        host: RunHost,
        session: Session,
        modes: Modes,
        catalog: Catalog,
        scenario_dirs: tuple[str, ...],
        guard: RunGuard,
    ) -> None:
        self._host, self._session, self._modes, self._scenario_dirs = host, session, modes, scenario_dirs
        self.guard = guard
        self.catalog = catalog
        self.chosen = catalog.default.name
        """In the list."""
        self._choices: dict[str, Choice] = {}
        """What was chosen with `x`, by scenario: it stays until it is chosen otherwise."""
        self._begun: list[tuple[Options, Scenario, Choice | None]] = []
        """The last run and the one that `u` brings back, each with what was changed of it, and chosen with `x`."""
        self.ask_for_project: Callable[[], None] = lambda: None
        """Opens the form of the user's own project."""
        self.browsing = True
        """Whether the chosen scenario decides what the main area shows, rather than the last run."""
        self.listing = False
        """Whether somebody has gone back to the list: it is there beside the run that is shown."""

    # ---- what is looked at

    @property
    def scenario(self) -> Scenario | None:
        """The one that is run or chosen; None for a broken folder."""
        session = self._session
        if session.own_scenario and not self.browsing:
            return session.own_scenario
        if session.options and not self.browsing:
            as_run = (scenario for options, scenario, _ in self._begun if options is session.options)
            return next(as_run, self._written(session.options.scenario))
        choice = self._choices.get(self.chosen)
        return as_changed(choice.experiment) if choice else self._written(self.chosen)

    @property
    def at_own_project(self) -> bool:
        """Whether the entry of the user's own project is looked at, and not a run of it."""
        return self.browsing and self.chosen == OWN

    @property
    def may_browse(self) -> bool:
        """Whether a real browser may be asked about what is looked at: in mode Vitals, of what is in the list."""
        scenario = None if self._shows_project else self.scenario
        return self._modes.mode == "vitals" and scenario is not None and self.in_list(scenario.name)

    def choice_of(self, name: str) -> Choice | None:
        """What was chosen for a scenario; None: as it is written."""
        return self._choices.get(name)

    @property
    def scenarios_words(self) -> list[str]:
        """What tells a command where scenarios are, beside ours."""
        return [word for folder in self._scenario_dirs for word in ("--scenarios", folder)]

    @property
    def _shows_project(self) -> bool:
        """Whether that entry, or a run of the user's own project, is what keys act on."""
        scenario = self._session.own_scenario
        return self.at_own_project or (not self.browsing and scenario is not None and is_own_project(scenario))

    def _written(self, name: str) -> Scenario | None:
        """As its folder says."""
        return next((each for each in self.catalog.scenarios if each.name == name), None)

    @property
    def seen(self) -> Playback | None:
        """The session's recording, where the main area shows it."""
        show, scenario = self._session.show, self.scenario
        if show is None or scenario is None or self._session.phase is Phase.FAILED:
            return None
        return show if show.recording.opened.scenario == scenario.name else None

    @property
    def playing(self) -> Playback | None:
        """A run, but not the still picture of one."""
        return None if self.browsing else self.seen

    @property
    def with_list(self) -> bool:
        """Whether the list is there even where there is little room."""
        return self.browsing or self.listing

    def choose(self, name: str) -> None:
        """The highlight was moved there: it is looked at; where the list stays beside the run, the run comes back."""
        self.chosen = name
        self.browsing = not self.was_run(name)

    def go_to(self, name: str) -> None:
        """One that somebody wants to look at: the list is there, with what it is about beside it."""
        self.choose(name)
        self.listing = True

    def to_list(self) -> None:
        """A run that can be looked at stays where it is."""
        self.browsing, self.listing = self.seen is None or not self.was_run(self.chosen), True

    def was_run(self, name: str) -> bool:
        """Whether the session's run, which may still go on, is of this scenario."""
        return self._session.options is not None and self._name_in_list == name

    @property
    def _name_in_list(self) -> str:
        """Of the entry that the session's run is of."""
        own, options = self._session.own_scenario, self._session.options
        return OWN if own is not None and is_own_project(own) else options.scenario if options else ""

    @property
    def _is_away(self) -> bool:
        """Whether another scenario is looked at, while there is a run to come back to."""
        return self.browsing and self._session.options is not None

    def in_list(self, name: str) -> bool:
        """Whether it can be run: a saved run may be of a scenario that is not here any more."""
        return any(each.name == name for each in self.catalog.scenarios)

    # ---- commands

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        if command == "stop":
            return self._session.running
        if command in ("undo", "to_run"):
            return self._session.has_before if command == "undo" else self._is_away
        if self._shows_project:
            return command in OF_PROJECT and (command != "try_out" or self._modes.mode != QUIZ or self.at_own_project)
        scenario = self.scenario
        if scenario is None or not self.in_list(scenario.name):
            return False
        if command == "try_out":
            return self._modes.mode != QUIZ  # whose own key it is there
        if command == "as_written":
            return scenario.name in self._choices
        return command != "ladder" or has_ladder(scenario.toml.load)

    def run(self) -> None:
        """Run the chosen scenario."""
        if self._shows_project:
            self.ask_for_project()
        elif (scenario := self.scenario) and self._may_run(scenario.name) and self.guard.may_end_it("run"):
            self.run_scenario(scenario.name)

    def _may_run(self, name: str) -> bool:
        """Whether it is here, and not being started: an enter too many, as after that of the form, begins nothing."""
        is_starting = self._session.running and not self.guard.has_begun and self.was_run(name)
        return self.in_list(name) and not is_starting

    def run_scenario(self, name: str) -> None:
        """Run one by its name."""
        self.begin(name, lambda scenario: replace(self._options(name), race=scenario.toml.race))

    def measure(self) -> None:
        """Measure it in rounds."""
        if self._shows_project:
            self.ask_for_project()
        elif (scenario := self.scenario) and self.guard.may_end_it("measure"):
            name, rounds = scenario.name, LEAST_ROUNDS
            self.begin(name, lambda _: replace(self._options(name), rounds=rounds, most_rounds=MOST_ROUNDS))

    def tournament(self) -> None:
        """Rank every installed server, once it was told how long that takes; those chosen with `x` do not matter."""
        if scenario := self.scenario:
            name, rounds = scenario.name, LEAST_ROUNDS
            options = replace(self._options(name), targets=(), tournament_rounds=rounds, most_rounds=MOST_ROUNDS)
            here = replace(options, scenario_dirs=self._scenario_dirs)
            self.plan(
                "Tournament",
                lambda: tournament_lines(scenario, self.catalog, here),
                lambda: self.begin(name, lambda _: options, NAMES[0]),
            )

    def ladder(self) -> None:
        """The curve of Compare, once it was told how long that takes."""
        if scenario := self.scenario:
            name, steps = scenario.name, ladder_steps(scenario.toml.load)
            self.plan(
                "Ladder",
                lambda: ladder_lines(scenario),
                lambda: self.begin(name, lambda _: replace(self._options(name), ladder=steps), "compare"),
            )

    def plan(self, title: str, lines: Callable[[], list[str]], begin: Callable[[], None]) -> None:
        try:
            told = lines()
        except BadInput as error:
            self._host.complain(error.one_line())
            return
        running = [f"The run that has gone on for {seconds(s)} ends then."] if (s := self.guard.running_s) else []
        self._host.plan(title, [*told, *running], begin)

    def _options(self, name: str) -> Options:
        """What was chosen for it, for one round."""
        choice = self._choices.get(name)
        return replace(choice.options, race=False, rounds=1) if choice else Options(name)

    def try_out(self, words: str = "") -> None:
        """The form in which it is changed; `words` are options of `run` that a lesson names.

        The form and the command line are imported when somebody wants them: the first screen does not wait for them.
        """
        if self._shows_project:
            self.ask_for_project()
            return
        from asgi_vs_wsgi.tui.arguments.run import options_of
        from asgi_vs_wsgi.tui.screens.run_form import RunForm
        from asgi_vs_wsgi.tui.screens.run_values import values_of

        scenario = self._written(self.scenario.name) if self.scenario else None
        if scenario is None:
            return
        choice = self._choices.get(scenario.name)
        values, race = (choice.changed, choice.race) if choice else ({}, scenario.toml.race)
        try:
            values = values_of(scenario, options_of([scenario.name, *split(words)])) if words else values
        except BadInput as error:
            self._host.complain(error.one_line())
            return
        self._host.ask(RunForm(scenario, self.catalog, self._scenario_dirs, values, race=race), self._take_choice)

    def _take_choice(self, choice: Choice | None) -> None:
        """Run it; from now on that is what this scenario is run with."""
        if choice is None:
            return
        name = choice.options.scenario
        self._choose(name, choice if choice.changed.keys() - {"rounds"} else None)
        self.begin(name, lambda _: choice.options, NAMES[0] if self._modes.mode in WITHOUT_A_RUN else "")

    def as_written(self) -> None:
        """From the next run on what its folder says, and not what was tried with `x`."""
        if (scenario := self.scenario) and self._choices.pop(scenario.name, None):
            self._host.turn_back()

    def stop(self) -> None:
        """Stop the run."""
        self._session.stop()

    def undo(self) -> None:
        """The run before, with what was chosen for it: what runs next is as what is seen. Twice: all is as it was."""
        if self.guard.may_end_it("undo"):
            self._session.bring_back()
            for options, scenario, choice in self._begun:
                if options is self._session.options:
                    self._choose(scenario.name, choice)
            self.watch_replay()

    def _choose(self, name: str, choice: Choice | None) -> None:
        """What the next runs of that scenario have; None: what its folder says."""
        self._choices.pop(name, None)
        self._choices |= {name: choice} if choice else {}

    def to_run(self) -> None:
        """From another scenario's words to the run that is there."""
        self._highlight_the_run()
        self.browsing = False
        self._host.turn_to_the_run()

    def begin(self, name: str, options_for: Callable[[Scenario], Options], mode: str = "") -> None:
        """With the folder read once more, here and by nobody else: what is shown from now on is what runs."""
        try:
            scenario = read_again(self.catalog.find(name))
            catalog = self.catalog.with_(scenario)
            options = replace(options_for(scenario), scenario_dirs=self._scenario_dirs)
            as_run = as_changed(resolve(options, catalog)) if name in self._choices or mode == WHAT_IF else scenario
        except BadInput as error:
            self._host.complain(error.one_line())
            return
        self._modes.mode = mode or self._modes.mode
        self._modes.knobs, self._modes.promise = WhatIfFactors(), None
        self.catalog, self._begun = catalog, [*self._begun[-1:], (options, as_run, self._choices.get(name))]
        self.guard.began()
        self._session.begin(options, scenario)
        self._host.highlight(name)
        self._turn_to_the_run()

    def open(self, kept: SavedRun | KeptTournament) -> None:
        """Show what was kept; nothing of a run is on the screen before all of it is read."""
        if isinstance(kept, KeptTournament):
            self._modes.mode = NAMES[0]
        self._session.open(kept)
        self.watch_replay()

    def watch_replay(self) -> None:
        """The session has a saved run: show it, and choose its scenario."""
        self._modes.knobs, self._modes.promise = WhatIfFactors(), None
        self._highlight_the_run()
        self._turn_to_the_run()

    def _highlight_the_run(self) -> None:
        """In the list, where it has an entry."""
        name = self._name_in_list
        if name == OWN or self.in_list(name):
            self._host.highlight(name)

    def _turn_to_the_run(self) -> None:
        self.browsing = self.listing = False
        self._host.turn_to_the_run()
