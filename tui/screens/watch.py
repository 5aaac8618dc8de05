"""Watch: the list, the lanes, and what they say; the screen only forwards keys and draws frames.

 asgi-vs-wsgi   Slow I/O · 32 visitors · 200 ms        recorded live · shown at 1/6 · 0.42 s
╭ Scenarios ─────────╮╭ WSGI · gunicorn sync · 2 workers ──────────────────────────────────╮
│ Waiting            ││                                                                    │
│  Slow I/O          │╰────────────────────────────────────────────── 4/32 done · p95 … ───╯
╰────────────────────╯           0        0.5       1.0       1.5       2.0       2.5 s
 █ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line             24 in line at the workers
 enter run  m measure  esc stop  space pause  r again  ? help  q quit
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList

from scenarios.catalog import Catalog
from scenarios.definition import Scenario
from scenarios.experiment import Options
from scenarios.ladder import has_ladder, ladder_steps
from scenarios.saved.run import SavedRun
from tui.clock import Clock
from tui.modes import NAMES
from tui.modes.premises import WhatIf
from tui.quiz_book import QuizBook
from tui.screens.looker import LOOKER_ACTIONS, VISITOR_BINDINGS, Looker
from tui.screens.modes import MODE_BINDINGS
from tui.screens.player import PLAYER_ACTIONS, PLAYER_BINDINGS
from tui.screens.watch_words import Ends, head_line, status_line
from tui.session import Phase, Session
from tui.show import Show
from tui.view import View
from tui.widgets import notes
from tui.widgets.edge_line import EdgeLine
from tui.widgets.key_bar import KeyBar
from tui.widgets.legend_line import LegendLine
from tui.widgets.mode_bar import ModeBar
from tui.widgets.scenario_list import ScenarioList
from tui.widgets.stage import LANES, Panes, Stage
from tui.widgets.too_small import COLUMNS, LINES, TooSmall
from tui.widgets.tournament_note import tournament_note

MEASURED_ROUNDS = 3
WITH_LANES = "what-if"
"""It draws lanes of its own."""


class WatchScreen(Looker):
    """One session on one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "run", id="run", tooltip="Run the chosen scenario: a race where it may be raced"),
        Binding("m", "measure", "measure", id="measure", tooltip="Measure: one target after another, in rounds"),
        Binding("t", "tournament", "tournament", id="tournament", tooltip="Measure and rank every installed server"),
        Binding("l", "ladder", "ladder", show=False, id="ladder", tooltip="Measure latency with ever more visitors"),
        Binding("escape", "stop", "stop", key_display="esc", id="stop", tooltip="Stop the run; what is recorded stays"),
        Binding("escape", "let_go", "let go", key_display="esc", id="let_go", tooltip="Let go of the chosen visitor"),
        Binding("escape", "back", "list", key_display="esc", id="back", tooltip="Back to the list of scenarios"),
        *PLAYER_BINDINGS,
        *VISITOR_BINDINGS,
        *MODE_BINDINGS,
        Binding("o", "app.recents", "open", id="recents", tooltip="Open a recent run, or throw one away"),
        Binding("s", "app.picture", "picture", id="picture", tooltip="Save what is on the screen as SVG and PNG"),
        Binding("question_mark", "app.help", "help", key_display="?", id="help", tooltip="Explain what has the focus"),
        Binding("q", "app.quit", "quit", id="quit", tooltip="Leave; every server goes"),
    ]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (declared by Screen, which has no ClassVar there)
        (0, TooSmall.SHOWN),
        (COLUMNS, "-narrow"),
        (100, "-normal"),
        (150, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, TooSmall.SHOWN), (LINES, "-high")]  # noqa: RUF012

    def __init__(
        self,
        catalog: Catalog,
        session: Session,
        clock: Clock,
        scenario_dirs: tuple[str, ...] = (),
        quiz_book: QuizBook | None = None,
    ) -> None:
        super().__init__(session, clock, quiz_book)
        self.catalog = catalog
        self._scenario_dirs = scenario_dirs
        self._chosen = catalog.default.name
        """In the list."""
        self._browsing = True
        """Whether the chosen scenario decides what the stage shows, rather than the last run."""

    def compose(self) -> ComposeResult:
        """Header, list and stage, what it means, keys."""
        yield EdgeLine("head")
        yield ModeBar()
        with Horizontal(id="body"):
            yield ScenarioList(self.catalog)
            yield Stage()
        with Horizontal(id="meaning"):
            yield LegendLine()
            yield EdgeLine("status")
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """The list has the focus."""
        self.query_one(ScenarioList).focus()
        self._highlight(self._chosen)

    def _highlight(self, name: str) -> None:
        """Choose it in the list, whatever the stage shows."""
        self._chosen = name
        scenarios = self.query_one(ScenarioList)
        scenarios.highlighted = scenarios.get_option_index(name)

    def _in_list(self, name: str) -> bool:
        """Whether it can be run: a saved run may be of a scenario that is not here any more."""
        return any(each.name == name for each in self.catalog.scenarios)

    @property
    def scenario(self) -> Scenario | None:
        """The one that is run or chosen; None for a broken folder."""
        session = self.session
        if session.own_scenario and not self._browsing:
            return session.own_scenario
        name = session.options.scenario if session.options and not self._browsing else self._chosen
        return next((each for each in self.catalog.scenarios if each.name == name), None)

    @property
    def _seen(self) -> Show | None:
        """The session's recording, where the stage shows it."""
        show, scenario = self.session.show, self.scenario
        if show is None or scenario is None or self.session.phase is Phase.FAILED:
            return None
        return show if show.recording.opened.scenario == scenario.name else None

    @property
    def playing(self) -> Show | None:
        """A run, but not the still picture of one."""
        return None if self._browsing else self._seen

    # ---- frames

    def redraw(self) -> None:
        """One frame of everything."""
        stage, session, seen = self.query_one(Stage), self.session, self._seen
        self._choose_words(stage)
        self.draw_lanes()
        watching = self.modes.mode == NAMES[0]
        stage.tell(session.result_due if seen and watching else None)
        stage.tell_story()
        self.query_one(ModeBar).show_mode(self.modes.mode)
        shown = seen if watching else self.playing
        self.query_one("#head", EdgeLine).say(*self._head(shown))
        may_end = self.may_play("to_end")
        self.query_one("#status", EdgeLine).say(*status_line(session, shown, self.pace, may_end=may_end))
        self.query_one(LegendLine).tell(stage.drawn_roles if seen else frozenset())
        self.set_class(not watching and not (self.modes.mode == WITH_LANES and self.playing), "-plain")
        self.set_class(not (self._browsing and watching), "-watching")
        self.query_one(KeyBar).refresh_keys()

    def _head(self, seen: Show | None) -> Ends:
        result = self.session.result if self.playing else None
        return head_line(self.scenario, seen, still=self._browsing, result=result)

    def draw_lanes(self) -> None:
        """One frame of the panes."""
        show, stage = self._seen, self.query_one(Stage)
        if show is not None and stage.shows == LANES:
            stage.draw(self.view.stretch(show.extent_ns, show.position_ns))

    def _choose_words(self, stage: Stage) -> None:
        session, scenario, seen = self.session, self.scenario, self._seen
        still = scenario and seen and self._browsing and self.modes.mode == NAMES[0]
        stage.invite(notes.invitation(scenario) if scenario and still else None)
        if session.failure and not self._browsing:
            stage.say(notes.failure(session.failure))
        elif session.opening and not self._browsing:
            stage.say(notes.opening(session.opening.done / session.opening.total))
        elif scenario is None:
            stage.say(notes.broken(self.catalog.broken.get(self._chosen, notes.UNREADABLE)))
        elif self.modes.mode == "waterfall" and (show := self.playing):
            stage.set_show(show, waterfall=True)
            stage.draw_waterfall(self.modes.order, self.view.stretch(show.extent_ns, show.position_ns))
        elif self.modes.mode != NAMES[0]:
            show = self.playing
            doing = session.progress.words if show and session.running and session.progress else ""
            sight = self.modes.sight(
                scenario, show, session.result_due if show else None, (stage.text_width, stage.size.height), doing
            )
            subject = f"{self.modes.mode} {scenario.name}"
            stage.say(self.modes.words(sight, self.catalog), subject, broad=True)
        elif seen is not None:
            stage.set_show(seen)
            stage.teach(notes.watch_for(scenario))
        elif session.options and session.options.tournament_rounds and not self._browsing:
            stage.say(tournament_note(session, scenario, stage.text_width))
        elif session.running and not self._browsing:
            stage.say(notes.starting(scenario, session.ready))
        else:
            stage.say(notes.card(scenario))

    # ---- what happens to the screen

    def action_mode(self, name: str) -> None:
        """With the lanes the list comes back."""
        super().action_mode(name)
        if name == NAMES[0] and self._browsing:
            self.call_after_refresh(self.query_one(ScenarioList).focus)

    @on(OptionList.OptionHighlighted)
    def _choose(self) -> None:
        """The highlight was moved: its scenario is looked at; where the list stays beside it, the run comes back."""
        option = self.query_one(ScenarioList).highlighted_option  # what is highlighted by now
        if option is None or option.id is None or option.id == self._chosen:  # a heading has no id
            return
        self._chosen = option.id
        self._browsing = not (self._was_run(option.id) and not self.has_class("-narrow"))
        self.redraw()

    def _was_run(self, name: str) -> bool:
        """Whether the session's run, which may still go on, is of this scenario."""
        return self.session.options is not None and self.session.options.scenario == name

    @on(OptionList.OptionSelected)
    def _run_chosen(self) -> None:
        self.action_run()

    @on(Panes.Resized)
    def _fit(self) -> None:
        self.redraw()

    # ---- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are neither offered nor obeyed."""
        name = action.partition("(")[0]
        if name in ("run", "measure", "tournament"):
            return self.scenario is not None and self._in_list(self.scenario.name)
        if name == "ladder":
            scenario = self.scenario
            return scenario is not None and self._in_list(scenario.name) and has_ladder(scenario.toml.load)
        if name == "stop":
            return self.session.running
        if name == "back":
            return not self._browsing and not self.session.running and not self.may_look("let_go")
        if name in LOOKER_ACTIONS:
            return self.may_look(name)
        return self.may_play(name) if name in PLAYER_ACTIONS else True

    def action_run(self) -> None:
        """Run the chosen scenario."""
        if (scenario := self.scenario) and self._in_list(scenario.name):
            self.run_scenario(scenario.name)

    def run_scenario(self, name: str) -> None:
        """Run one by its name."""
        scenario = self.catalog.find(name)
        self._begin(Options(name, race=scenario.toml.race, scenario_dirs=self._scenario_dirs))

    def action_measure(self) -> None:
        """Measure it in rounds."""
        if scenario := self.scenario:
            self._begin(Options(scenario.name, rounds=MEASURED_ROUNDS, scenario_dirs=self._scenario_dirs))

    def action_tournament(self) -> None:
        """Rank every installed server."""
        if scenario := self.scenario:
            self.modes.mode = NAMES[0]
            rounds = MEASURED_ROUNDS
            self._begin(Options(scenario.name, tournament_rounds=rounds, scenario_dirs=self._scenario_dirs))

    def action_ladder(self) -> None:
        """The curve of Compare."""
        if scenario := self.scenario:
            self.modes.mode = "compare"
            steps = ladder_steps(scenario.toml.load)
            self._begin(Options(scenario.name, ladder=steps, scenario_dirs=self._scenario_dirs))

    def open(self, saved: SavedRun) -> None:
        """Show a saved run; nothing of it is on the screen before all of it is read."""
        self.session.open(saved)
        self.watch_replay()

    def watch_replay(self) -> None:
        """The session has a saved run: show it, and choose its scenario."""
        self._browsing = False
        self.modes.knobs = WhatIf()
        self.view = View()
        if self.session.options and self._in_list(self.session.options.scenario):
            self._highlight(self.session.options.scenario)
        self.wake()
        self.redraw()

    def _begin(self, options: Options) -> None:
        self.session.begin(options)
        self._highlight(options.scenario)
        self._browsing = False
        self.view = View()
        self.wake()
        self.redraw()

    def action_stop(self) -> None:
        """Stop the run."""
        self.session.stop()

    def action_back(self) -> None:
        """To the list."""
        self._browsing = True
        self.redraw()
        self.query_one(ScenarioList).focus()
