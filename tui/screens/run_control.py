"""Which scenario the screen is about, and what runs one or opens a run that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS, MOST_ROUNDS, has_ladder, ladder_steps
from asgi_vs_wsgi.scenarios.scenario_files.reader import read_again
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.plan import ladder_lines, tournament_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.screens.leaving import RunGuard
    from asgi_vs_wsgi.tui.screens.mode_control import Modes


class RunHost(Protocol):
    """What of the screen a run needs."""

    def highlight(self, name: str) -> None:
        """Choose it in the list, whatever the stage shows."""

    def turn_to_the_run(self) -> None:
        """The session has another run: show it."""

    def complain(self, words: str) -> None:
        """Tell why it could not be begun."""

    def plan(self, title: str, lines: list[str], begin: Callable[[], None]) -> None:
        """Tell how long it will take; `begin` where the user wants it."""


class RunControl:
    """A part of the screen. While the user browses, it is about what is chosen in the list; else about the last run."""

    COMMANDS: ClassVar = frozenset({"run", "measure", "tournament", "ladder", "stop", "undo", "to_run"})

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
        self.browsing = True
        """Whether the chosen scenario decides what the stage shows, rather than the last run."""
        self.listing = False
        """Whether somebody has gone back to the list: it is there beside the run that is shown."""

    # ---- what is looked at

    @property
    def scenario(self) -> Scenario | None:
        """The one that is run or chosen; None for a broken folder."""
        session = self._session
        if session.own_scenario and not self.browsing:
            return session.own_scenario
        name = session.options.scenario if session.options and not self.browsing else self.chosen
        return next((each for each in self.catalog.scenarios if each.name == name), None)

    @property
    def seen(self) -> Playback | None:
        """The session's recording, where the stage shows it."""
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

    def to_list(self) -> None:
        """A run that can be looked at stays where it is."""
        self.browsing, self.listing = self.seen is None or not self.was_run(self.chosen), True

    def was_run(self, name: str) -> bool:
        """Whether the session's run, which may still go on, is of this scenario."""
        return self._session.options is not None and self._session.options.scenario == name

    @property
    def _is_away(self) -> bool:
        """Whether another scenario is looked at, while there is a run to come back to."""
        return self.browsing and self._session.options is not None

    def _in_list(self, name: str) -> bool:
        """Whether it can be run: a saved run may be of a scenario that is not here any more."""
        return any(each.name == name for each in self.catalog.scenarios)

    # ---- commands

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        if command == "stop":
            return self._session.running
        if command in ("undo", "to_run"):
            return self._session.has_before if command == "undo" else self._is_away
        scenario = self.scenario
        if scenario is None or not self._in_list(scenario.name):
            return False
        return command != "ladder" or has_ladder(scenario.toml.load)

    def run(self) -> None:
        """Run the chosen scenario."""
        if (scenario := self.scenario) and self._in_list(scenario.name) and self.guard.may_end_it("run"):
            self.run_scenario(scenario.name)

    def run_scenario(self, name: str) -> None:
        """Run one by its name."""
        self._begin(name, lambda scenario: Options(name, race=scenario.toml.race))

    def measure(self) -> None:
        """Measure it in rounds."""
        if (scenario := self.scenario) and self.guard.may_end_it("measure"):
            name, rounds = scenario.name, LEAST_ROUNDS
            self._begin(name, lambda _: Options(name, rounds=rounds, most_rounds=MOST_ROUNDS))

    def tournament(self) -> None:
        """Rank every installed server, once it was told how long that takes."""
        if scenario := self.scenario:
            name = scenario.name
            options = Options(name, tournament_rounds=LEAST_ROUNDS, most_rounds=MOST_ROUNDS)
            here = replace(options, scenario_dirs=self._scenario_dirs)
            self._plan(
                "Tournament",
                lambda: tournament_lines(scenario, self.catalog, here),
                lambda: self._begin(name, lambda _: options, NAMES[0]),
            )

    def ladder(self) -> None:
        """The curve of Compare, once it was told how long that takes."""
        if scenario := self.scenario:
            name = scenario.name
            self._plan(
                "Ladder",
                lambda: ladder_lines(scenario),
                lambda: self._begin(
                    name, lambda scenario: Options(name, ladder=ladder_steps(scenario.toml.load)), "compare"
                ),
            )

    def _plan(self, title: str, lines: Callable[[], list[str]], begin: Callable[[], None]) -> None:
        try:
            told = lines()
        except BadInput as error:
            self._host.complain(error.one_line())
            return
        running = [f"The run that has gone on for {seconds(s)} ends then."] if (s := self.guard.running_s) else []
        self._host.plan(title, [*told, *running], begin)

    def stop(self) -> None:
        """Stop the run."""
        self._session.stop()

    def undo(self) -> None:
        """The run that was shown before; once more, and it is as it was."""
        if self.guard.may_end_it("undo"):
            self._session.bring_back()
            self.watch_replay()

    def to_run(self) -> None:
        """From another scenario's words to the run that is there."""
        if self._session.options and self._in_list(self._session.options.scenario):
            self._host.highlight(self._session.options.scenario)
        self.browsing = False
        self._host.turn_to_the_run()

    def _begin(self, name: str, options_for: Callable[[Scenario], Options], mode: str = "") -> None:
        """With the folder read once more, here and by nobody else: what is shown from now on is what runs."""
        try:
            scenario = read_again(self.catalog.find(name))
        except BadInput as error:
            self._host.complain(error.one_line())
            return
        self._modes.mode = mode or self._modes.mode
        self.catalog = self.catalog.with_(scenario)
        self.guard.began()
        self._session.begin(replace(options_for(scenario), scenario_dirs=self._scenario_dirs), scenario)
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
        self._modes.knobs = WhatIfFactors()
        if self._session.options and self._in_list(self._session.options.scenario):
            self._host.highlight(self._session.options.scenario)
        self._turn_to_the_run()

    def _turn_to_the_run(self) -> None:
        self.browsing = self.listing = False
        self._host.turn_to_the_run()
