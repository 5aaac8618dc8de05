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

from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.screens.help import HelpScreen
from asgi_vs_wsgi.tui.screens.mode_keys import OWN_ACTIONS, OWN_KEYS
from asgi_vs_wsgi.tui.screens.mode_screen import LOOKER_ACTIONS, VISITOR_BINDINGS
from asgi_vs_wsgi.tui.screens.modes import MODE_BINDINGS
from asgi_vs_wsgi.tui.screens.playback_screen import PLAYER_ACTIONS, PLAYER_BINDINGS
from asgi_vs_wsgi.tui.screens.run_screen import RUN_ACTIONS, RUN_BINDINGS, RunScreen
from asgi_vs_wsgi.tui.screens.status_text import Ends, before_lanes, head_line, in_the_way, status_line
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar
from asgi_vs_wsgi.tui.widgets.legend_line import LegendLine
from asgi_vs_wsgi.tui.widgets.lesson import Lesson
from asgi_vs_wsgi.tui.widgets.mode_bar import ModeBar
from asgi_vs_wsgi.tui.widgets.pane_container import Panes
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList
from asgi_vs_wsgi.tui.widgets.stage import LANES, Stage
from asgi_vs_wsgi.tui.widgets.too_small import COLUMNS, LINES, TooSmall
from asgi_vs_wsgi.tui.widgets.two_ended_line import EdgeLine

WITH_LANES = "what-if"
"""It draws lanes of its own."""


LESSON_PARTS = "what to watch for, why, and when it does not apply"
UNSEEN_ACTIONS = frozenset({"stop", "app.quit"})
"""Obeyed in a window that is too small to show anything."""


class WatchScreen(RunScreen):
    """One session on one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *RUN_BINDINGS,
        Binding("escape", "let_go", "let go", key_display="esc", id="let_go", tooltip="Let go of the chosen visitor"),
        Binding("escape", "back", "list", key_display="esc", id="back", tooltip="Back to the list of scenarios"),
        *PLAYER_BINDINGS,
        *VISITOR_BINDINGS,
        *MODE_BINDINGS,
        Binding("y", "lesson", "lesson", id="lesson", tooltip=f"Read the lesson: {LESSON_PARTS}"),
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
        self.highlight(self._chosen)

    def highlight(self, name: str) -> None:
        """Choose it in the list, whatever the stage shows."""
        self._chosen = name
        scenarios = self.query_one(ScenarioList)
        scenarios.highlighted = scenarios.get_option_index(name)

    @property
    def own_actions(self) -> tuple[str, frozenset[str]]:
        """The mode that is on and what its own keys do, for help."""
        return self.modes.mode, OWN_ACTIONS.get(self.modes.mode, frozenset())

    # ---- frames

    def redraw(self) -> None:
        """One frame of everything."""
        stage, session, seen = self.query_one(Stage), self.session, self._seen
        self._fill(stage)
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
        self.set_class(not (self._with_list and watching), "-watching")
        self.query_one(ScenarioList).gives_way = not self._with_list and self.may_look("page")
        self.query_one(KeyBar).refresh_keys(OWN_KEYS.get(self.modes.mode, ()))

    @property
    def _with_list(self) -> bool:
        """Whether the list is there even where there is little room."""
        return self._browsing or self._listing

    def _head(self, seen: Playback | None) -> Ends:
        run = self.session.result if self.playing else None
        as_run = run or (None if self._browsing else self.session.kept_tournament)
        return head_line(self.scenario, seen, still=self._browsing, as_run=as_run)

    def draw_lanes(self) -> None:
        """One frame of the panes."""
        show, stage = self._seen, self.query_one(Stage)
        if show is not None and stage.shows == LANES:
            stage.draw(self.view.stretch(show.extent_ns, show.position_ns))

    def _fill(self, stage: Stage) -> None:
        """Lanes, the waterfall, or words."""
        scenario, seen, mode = self.scenario, self._seen, self.modes.mode
        still = scenario and seen and self._browsing and mode == NAMES[0]
        stage.invite(notes.invitation(scenario) if scenario and still else None)
        if not self._browsing and (note := in_the_way(self.session)):
            stage.say(note)
        elif scenario is None:
            stage.say(notes.broken(self.catalog.broken.get(self._chosen, notes.UNREADABLE)))
        elif mode == "waterfall" and (show := self.playing):
            stage.set_show(show, waterfall=True)
            stage.draw_waterfall(self.modes.order, self.view.stretch(show.extent_ns, show.position_ns))
        elif mode != NAMES[0]:
            self._say_mode(stage, scenario)
        elif seen is not None:
            stage.set_show(seen)
            words = (
                (notes.watch_for(scenario), notes.lesson_ready())
                if self.session.result_due
                else (notes.lesson_later(),)
            )
            stage.query_one(Lesson).teach(*words)
        elif self._browsing:
            stage.say(notes.card(scenario))
        else:
            stage.say(before_lanes(self.session, scenario, stage.text_width))

    def _say_mode(self, stage: Stage, scenario: Scenario) -> None:
        session, show = self.session, self.playing
        doing = session.progress.words if show and session.running and session.progress else ""
        room = stage.text_width, stage.size.height
        result, cut_off = (session.result_due, session.cut_off) if show else (None, "")
        sight = self.modes.sight(scenario, show, result, room, doing, cut_off)
        stage.say(self.modes.words(sight, self.catalog), f"{self.modes.mode} {scenario.name}", broad=True)

    # ---- what happens to the screen

    def action_mode(self, name: str) -> None:
        """With the lanes the list comes back."""
        super().action_mode(name)
        if name == NAMES[0] and self._with_list:
            self.call_after_refresh(self.query_one(ScenarioList).focus)

    @on(OptionList.OptionHighlighted)
    def _choose(self) -> None:
        """The highlight was moved: its scenario is looked at; where the list stays beside it, the run comes back."""
        option = self.query_one(ScenarioList).highlighted_option  # what is highlighted by now
        if option is None or option.id is None or option.id == self._chosen:  # a heading has no id
            return
        self._chosen = option.id
        self._browsing = not self._was_run(option.id)
        self.redraw()

    @on(OptionList.OptionSelected)
    def _run_chosen(self) -> None:
        if self.check_action("run", ()):
            self.action_run()

    @on(Panes.Resized)
    def _fit(self) -> None:
        self.redraw()

    # ---- actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are neither offered nor obeyed; nothing is begun that nobody can see."""
        name = action.partition("(")[0]
        if self.has_class(TooSmall.SHOWN) and name not in UNSEEN_ACTIONS:
            return False
        if name in RUN_ACTIONS:
            return self.may_run(name)
        if name == "back":
            return not self._with_list and not self.session.running and not self.may_look("let_go")
        if name in LOOKER_ACTIONS:
            return self.may_look(name)
        if name == "lesson":
            return self.scenario is not None
        return self.may_play(name) if name in PLAYER_ACTIONS else True

    def action_lesson(self) -> None:
        """The whole of it, whenever somebody wants to read it."""
        if scenario := self.scenario:
            self.app.push_screen(HelpScreen(notes.lesson(scenario), scenario.toml.title))

    def action_back(self) -> None:
        """To the list; a run that can be looked at stays where it is."""
        self._browsing, self._listing = self._seen is None or not self._was_run(self._chosen), True
        if self.has_class("-narrow"):
            self.modes.mode = NAMES[0]
        self.redraw()
        self.query_one(ScenarioList).focus()
