"""Watch: the list, the lanes, and what they say; the screen only forwards keys and draws frames.

 asgi-vs-wsgi   Slow I/O · 32 visitors · 200 ms        recorded live · shown at 1/6 · 0.42 s
╭ Scenarios ─────────╮╭ WSGI · gunicorn sync · 2 workers ──────────────────────────────────╮
│ Waiting            ││                                                                    │
│   Slow I/O         │╰────────────────────────────────────────────── 4/32 done · p95 … ───╯
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
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import OptionList

from scenarios.catalog import Catalog
from scenarios.definition import Scenario
from scenarios.experiment import Options
from tui.clock import Clock
from tui.screens.watch_words import head_line, status_line
from tui.session import Phase, Session
from tui.view import View
from tui.widgets import notes
from tui.widgets.edge_line import EdgeLine
from tui.widgets.key_bar import KeyBar
from tui.widgets.legend_line import LegendLine
from tui.widgets.scenario_list import ScenarioList
from tui.widgets.stage import Panes, Stage

FRAMES_PER_S = 30
WORDS_EVERY = 3
"""Figures that change in every frame cannot be read, and cost a repaint at both ends of the screen."""
STEPS_PER_VIEW = 60
"""How many steps of the arrow keys the stretch in view is divided into."""
MEASURED_ROUNDS = 3


class WatchScreen(Screen[None]):
    """One session on one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "run", id="run", tooltip="Run the chosen scenario: a race where it may be raced"),
        Binding("m", "measure", "measure", id="measure", tooltip="Measure: one target after another, in rounds"),
        Binding("escape", "stop", "stop", key_display="esc", id="stop", tooltip="Stop the run; what is recorded stays"),
        Binding("escape", "back", "list", key_display="esc", id="back", tooltip="Back to the list of scenarios"),
        Binding("space", "pause", "pause", id="pause", tooltip="Hold or release the playhead; recording goes on"),
        Binding("r", "again", "again", id="again", tooltip="Show the recording from its start"),
        Binding("e", "to_end", "end", id="end", tooltip="Show all that is recorded"),
        Binding("left", "step(-1)", "step", key_display="←→", id="earlier", tooltip="A little earlier"),
        Binding("right", "step(1)", "later", show=False, id="later", tooltip="A little later"),
        Binding("comma", "speed(-1)", "speed", key_display=", .", id="slower", tooltip="Show it more slowly"),
        Binding("full_stop", "speed(1)", "faster", show=False, id="faster", tooltip="Show it faster"),
        Binding("plus,equals_sign", "zoom(1)", "zoom", key_display="+ -", id="closer", tooltip="Zoom in"),
        Binding("minus", "zoom(-1)", "zoom out", show=False, id="further", tooltip="Zoom out"),
        Binding("f", "fit", "fit", id="fit", tooltip="Fit everything, or follow the playhead"),
        Binding("s", "app.picture", "picture", id="picture", tooltip="Save what is on the screen as SVG"),
        Binding("question_mark", "app.help", "help", key_display="?", id="help", tooltip="Explain what has the focus"),
        Binding("q", "app.quit", "quit", id="quit", tooltip="Leave; every server goes"),
    ]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (declared by Screen, which has no ClassVar there)
        (0, "-narrow"),
        (100, "-normal"),
        (140, "-wide"),
    ]

    def __init__(self, catalog: Catalog, session: Session, clock: Clock, scenario_dirs: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._scenario_dirs = scenario_dirs
        self.catalog = catalog
        self.session = session
        self.view = View()
        self._clock = clock
        self._drawn_s = clock()
        self._frames = 0
        self.resting = True
        """Whether no frames are drawn."""
        self._timer: Timer | None = None
        self._chosen = catalog.default.name
        """In the list."""
        self._browsing = True
        """Whether the chosen scenario decides what the stage shows, rather than the last run."""

    def compose(self) -> ComposeResult:
        """Header, list and stage, what it means, keys."""
        yield EdgeLine("head")
        with Horizontal(id="body"):
            yield ScenarioList(self.catalog)
            yield Stage()
        with Horizontal(id="meaning"):
            yield LegendLine()
            yield EdgeLine("status")
        yield KeyBar()

    def on_mount(self) -> None:
        """The list has the focus; time stands still until something runs."""
        self._timer = self.set_interval(1 / FRAMES_PER_S, self.frame, pause=True)
        chosen = self.query_one(ScenarioList)
        chosen.focus()
        chosen.highlighted = chosen.get_option_index(self.catalog.default.name)

    @property
    def scenario(self) -> Scenario | None:
        """The one that is run or chosen; None for a broken folder."""
        options = self.session.options
        name = options.scenario if options and not self._browsing else self._chosen
        return next((each for each in self.catalog.scenarios if each.name == name), None)

    # ---- frames

    def frame(self) -> None:
        """Take in what is new, let the playhead move, draw if anything differs."""
        now_s = self._clock()
        elapsed_s, self._drawn_s = now_s - self._drawn_s, now_s
        changed = self.session.poll()
        show = self.session.show
        moved = show.advance(elapsed_s) if show else False
        turned = self.session.turn()
        self._frames += 1
        if changed or turned or (moved and self._frames % WORDS_EVERY == 0) or (show and show.at_end):
            self.redraw()
        elif moved:
            self._draw_lanes()
        if self.session.idle and (show is None or show.paused or show.at_end):
            self._rest()

    def _rest(self) -> None:
        """Nothing will change before somebody presses a key: no work at all."""
        self.resting = True
        if self._timer:
            self._timer.pause()

    def _wake(self) -> None:
        """Time goes on."""
        self.resting = False
        self._drawn_s = self._clock()
        if self._timer:
            self._timer.resume()

    def redraw(self) -> None:
        """One frame, from what is known now."""
        stage, session = self.query_one(Stage), self.session
        self._choose_words(stage)
        self._draw_lanes()
        stage.tell(session.result_due if self._show_visible else None)
        self.query_one("#head", EdgeLine).say(*head_line(self.scenario, session, still=self._browsing))
        self.query_one("#status", EdgeLine).say(*status_line(session, visible=self._show_visible))
        self.set_class(not self._browsing, "-watching")
        self.query_one(KeyBar).refresh_keys()

    def _draw_lanes(self) -> None:
        show, stage = self.session.show, self.query_one(Stage)
        if show is not None and stage.show_shown is show and self._show_visible:
            stage.draw(self.view.stretch(show.extent_ns, show.position_ns))

    @property
    def _show_visible(self) -> bool:
        """Whether the stage shows the session's recording."""
        show, scenario = self.session.show, self.scenario
        if show is None or scenario is None or self.session.phase is Phase.FAILED:
            return False
        return show.recording.opened.scenario == scenario.name

    @property
    def _playable(self) -> bool:
        return self._show_visible and not self._browsing

    def _choose_words(self, stage: Stage) -> None:
        session, scenario = self.session, self.scenario
        stage.invite(notes.invitation(scenario) if scenario and self._browsing and self._show_visible else None)
        if session.failure and not self._browsing:
            stage.say(notes.failure(session.failure))
        elif self._show_visible and session.show is not None:
            stage.set_show(session.show)
            stage.teach(notes.watch_for(scenario) if scenario else Content())
        elif scenario is None:
            stage.say(notes.broken(self.catalog.broken[self._chosen]))
        elif session.running and not self._browsing:
            stage.say(notes.starting(scenario, session.ready))
        else:
            stage.say(notes.card(scenario))

    # ---- what happens to the screen

    @on(OptionList.OptionHighlighted)
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id is not None:  # a heading has none
            self._chosen = event.option.id
            self.redraw()

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
        if name in ("run", "measure"):
            return self.scenario is not None
        if name == "stop":
            return self.session.running
        if name == "back":
            return not self._browsing and not self.session.running
        if name == "to_end":
            return self._playable and not (self.session.show and self.session.show.at_end)
        if name in ("pause", "again", "step", "speed", "zoom", "fit"):
            return self._playable
        return True

    def action_run(self) -> None:
        """Run the chosen scenario."""
        if scenario := self.scenario:
            self.run_scenario(scenario.name)

    def run_scenario(self, name: str) -> None:
        """Run one by its name."""
        scenario = self.catalog.find(name)
        self._begin(Options(name, race=scenario.toml.race, scenario_dirs=self._scenario_dirs))

    def action_measure(self) -> None:
        """Measure it in rounds."""
        if scenario := self.scenario:
            self._begin(Options(scenario.name, rounds=MEASURED_ROUNDS, scenario_dirs=self._scenario_dirs))

    def _begin(self, options: Options) -> None:
        self.session.begin(options)
        self._browsing = False
        self.view = View()
        self._wake()
        self.redraw()

    def action_stop(self) -> None:
        """Stop the run."""
        self.session.stop()

    def action_back(self) -> None:
        """To the list."""
        self._browsing = True
        self.redraw()
        self.query_one(ScenarioList).focus()

    def action_pause(self) -> None:
        """Hold or release the playhead; at the end there is nothing to hold, so it starts again."""
        if show := self.session.show:
            if show.at_end:
                show.again()
            else:
                show.paused = not show.paused
            self._move_on()

    def action_again(self) -> None:
        """From the start."""
        if show := self.session.show:
            show.again()
            self._move_on()

    def action_to_end(self) -> None:
        """Everything at once."""
        if show := self.session.show:
            show.to_end()
            self._move_on()

    def action_step(self, direction: int) -> None:
        """A little earlier or later."""
        if show := self.session.show:
            start, end = self.view.stretch(show.extent_ns, show.position_ns)
            show.step(direction * (end - start) // STEPS_PER_VIEW)
            self._move_on()

    def action_speed(self, steps: int) -> None:
        """Slower or faster."""
        if show := self.session.show:
            show.change_speed(steps)
            self._move_on()

    def action_zoom(self, steps: int) -> None:
        """Closer or further."""
        self.view.change(steps)
        self.redraw()

    def action_fit(self) -> None:
        """Everything, or the part around the playhead."""
        self.view.toggle()
        self.redraw()

    def _move_on(self) -> None:
        self._wake()
        self.redraw()
