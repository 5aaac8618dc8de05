"""What is chosen and what is run: the scenario that the screen is about, and the keys that run one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from msgspec.structs import replace
from textual.binding import Binding

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS, MOST_ROUNDS, has_ladder, ladder_steps
from asgi_vs_wsgi.scenarios.scenario_files.reader import read_again
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.tournament_file import KeptTournament
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.what_if.model import WhatIfFactors
from asgi_vs_wsgi.tui.playback.clock import Clock
from asgi_vs_wsgi.tui.playback.phase import Phase
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.playback.speed import Viewport
from asgi_vs_wsgi.tui.screens.mode_screen import ModeScreen
from asgi_vs_wsgi.tui.user_data.quiz_answers import QuizAnswers

RUN_BINDINGS = [
    Binding("enter", "run", "run", id="run", tooltip="Run the chosen scenario: a race where it may be raced"),
    Binding("m", "measure", "measure", id="measure", tooltip="Measure: one target after another, in rounds"),
    Binding("t", "tournament", "tournament", id="tournament", tooltip="Measure and rank every installed server"),
    Binding("l", "ladder", "ladder", show=False, id="ladder", tooltip="Measure latency with ever more visitors"),
    Binding("escape", "stop", "stop", key_display="esc", id="stop", tooltip="Stop the run; what is recorded stays"),
]
RUN_ACTIONS = frozenset({"run", "measure", "tournament", "ladder", "stop"})


class RunScreen(ModeScreen):
    """The chosen scenario decides what is looked at while the user browses, the last run afterwards."""

    def __init__(
        self,
        catalog: Catalog,
        session: Session,
        clock: Clock,
        scenario_dirs: tuple[str, ...] = (),
        quiz_book: QuizAnswers | None = None,
    ) -> None:
        super().__init__(session, clock, quiz_book)
        self.catalog = catalog
        self._scenario_dirs = scenario_dirs
        self._chosen = catalog.default.name
        """In the list."""
        self._browsing = True
        """Whether the chosen scenario decides what the stage shows, rather than the last run."""
        self._listing = False
        """Whether somebody has gone back to the list: it is there beside the run that is shown."""

    @abstractmethod
    def highlight(self, name: str) -> None:
        """Choose it in the list, whatever the stage shows."""

    # ---- what is looked at

    @property
    def scenario(self) -> Scenario | None:
        """The one that is run or chosen; None for a broken folder."""
        session = self.session
        if session.own_scenario and not self._browsing:
            return session.own_scenario
        name = session.options.scenario if session.options and not self._browsing else self._chosen
        return next((each for each in self.catalog.scenarios if each.name == name), None)

    @property
    def _seen(self) -> Playback | None:
        """The session's recording, where the stage shows it."""
        show, scenario = self.session.show, self.scenario
        if show is None or scenario is None or self.session.phase is Phase.FAILED:
            return None
        return show if show.recording.opened.scenario == scenario.name else None

    @property
    def playing(self) -> Playback | None:
        """A run, but not the still picture of one."""
        return None if self._browsing else self._seen

    def _in_list(self, name: str) -> bool:
        """Whether it can be run: a saved run may be of a scenario that is not here any more."""
        return any(each.name == name for each in self.catalog.scenarios)

    def _was_run(self, name: str) -> bool:
        """Whether the session's run, which may still go on, is of this scenario."""
        return self.session.options is not None and self.session.options.scenario == name

    # ---- actions

    def may_run(self, action: str) -> bool:
        """Whether a key of RUN_ACTIONS would do something."""
        if action == "stop":
            return self.session.running
        scenario = self.scenario
        if scenario is None or not self._in_list(scenario.name):
            return False
        return action != "ladder" or has_ladder(scenario.toml.load)

    def action_run(self) -> None:
        """Run the chosen scenario."""
        if (scenario := self.scenario) and self._in_list(scenario.name):
            self.run_scenario(scenario.name)

    def run_scenario(self, name: str) -> None:
        """Run one by its name."""
        self._begin(name, lambda scenario: Options(name, race=scenario.toml.race))

    def action_measure(self) -> None:
        """Measure it in rounds."""
        if scenario := self.scenario:
            name, rounds = scenario.name, LEAST_ROUNDS
            self._begin(name, lambda _: Options(name, rounds=rounds, most_rounds=MOST_ROUNDS))

    def action_tournament(self) -> None:
        """Rank every installed server."""
        if scenario := self.scenario:
            self.modes.mode = NAMES[0]
            name, rounds = scenario.name, LEAST_ROUNDS
            self._begin(name, lambda _: Options(name, tournament_rounds=rounds, most_rounds=MOST_ROUNDS))

    def action_ladder(self) -> None:
        """The curve of Compare."""
        if scenario := self.scenario:
            self.modes.mode = "compare"
            self._begin(scenario.name, lambda scenario: Options(scenario.name, ladder=ladder_steps(scenario.toml.load)))

    def action_stop(self) -> None:
        """Stop the run."""
        self.session.stop()

    def _begin(self, name: str, options_for: Callable[[Scenario], Options]) -> None:
        """With the folder read once more, here and by nobody else: what is shown from now on is what runs."""
        try:
            scenario = read_again(self.catalog.find(name))
        except BadInput as error:
            self.notify(error.one_line(), severity="error", markup=False)
            return
        self.catalog = self.catalog.with_(scenario)
        self.session.begin(replace(options_for(scenario), scenario_dirs=self._scenario_dirs), scenario)
        self.highlight(name)
        self._turn_to_the_run()

    def open(self, kept: SavedRun | KeptTournament) -> None:
        """Show what was kept; nothing of a run is on the screen before all of it is read."""
        if isinstance(kept, KeptTournament):
            self.modes.mode = NAMES[0]
        self.session.open(kept)
        self.watch_replay()

    def watch_replay(self) -> None:
        """The session has a saved run: show it, and choose its scenario."""
        self.modes.knobs = WhatIfFactors()
        if self.session.options and self._in_list(self.session.options.scenario):
            self.highlight(self.session.options.scenario)
        self._turn_to_the_run()

    def _turn_to_the_run(self) -> None:
        self._browsing = self._listing = False
        self.view = Viewport()
        self.wake()
        self.redraw()
