"""Watch: the list, the lanes, and what they say. The screen is put together of parts, and hands on what happens to it.

 asgi-vs-wsgi   Slow I/O · 32 visitors · 200 ms        recorded live · shown at 1/6 · 0.42 s
╭ Scenarios ─────────╮╭ WSGI · gunicorn sync · 2 workers ──────────────────────────────────╮
│ Waiting            ││                                                                    │
│  Slow I/O          │╰────────────────────────────────────────────── 4/32 done · p95 … ───╯
╰────────────────────╯           0        0.5       1.0       1.5       2.0       2.5 s
 █ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line             24 in line at the workers
 enter run  m measure  esc stop  space pause  r again  ? help  q quit
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import OptionList, Static

from asgi_vs_wsgi.tui.action_text import command_of
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.viewport import Viewport
from asgi_vs_wsgi.tui.screens.duration_notice import DurationNotice
from asgi_vs_wsgi.tui.screens.escape_and_quit import STEPS, RunGuard, WayBack
from asgi_vs_wsgi.tui.screens.frame_loop import FrameLoop
from asgi_vs_wsgi.tui.screens.keys import KEYS, OWN_COMMANDS
from asgi_vs_wsgi.tui.screens.layout_control import LayoutControl
from asgi_vs_wsgi.tui.screens.lesson_control import LessonControl
from asgi_vs_wsgi.tui.screens.mode_control import ModeControl, Modes
from asgi_vs_wsgi.tui.screens.mode_sights import ModeSights
from asgi_vs_wsgi.tui.screens.playhead_control import PlayheadControl
from asgi_vs_wsgi.tui.screens.playlist import Playlist
from asgi_vs_wsgi.tui.screens.presentation import Presentation
from asgi_vs_wsgi.tui.screens.project_control import ProjectControl
from asgi_vs_wsgi.tui.screens.run_control import RunControl
from asgi_vs_wsgi.tui.screens.screen_drawing import ScreenDrawing
from asgi_vs_wsgi.tui.screens.selection_control import FocusControl, SelectionControl
from asgi_vs_wsgi.tui.screens.size_control import SizeControl
from asgi_vs_wsgi.tui.terminal.partial_repaint import NarrowCompositor
from asgi_vs_wsgi.tui.user_data import QuizAnswers
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar, ModeBar
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.main_area import COLUMNS, LINES, MainArea, Panes, TooSmall
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine, LegendLine, Ruler
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import ModalScreen
    from textual.widget import Widget

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.playback.speed import Clock
    from asgi_vs_wsgi.tui.screens.keys import Chosen, Part

QUIZ = "quiz"
OWN_SETTINGS = "the next run is as the scenario says"
UNSEEN_COMMANDS = frozenset({"stop", "app.quit"})
"""Obeyed in a window that is too small to show anything."""


class WatchScreen(Screen[None]):
    """One session on one screen.

    runs       which scenario it is about, and the keys that run one
    playhead   the moment that is shown, and the part of the time axis in view
    modes      which of the nine modes is on; mode_control has their keys
    selection  the visitor or worker whose story is told
    layout_control  what stands beside the lanes, and whether those that look alike are one
    focus      which pane arrows and letters move in
    presentation, playlist  for a class: big steps, and several saved runs
    way_back   what esc goes back from
    lessons    the lesson, and what it leads to
    frames     when it is drawn; drawing has what is drawn
    """

    BINDINGS: ClassVar[list[BindingType]] = [key.binding() for key in KEYS]
    # Screen declares them without a ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, TooSmall.SHOWN), (COLUMNS, "-narrow"), (100, "-normal"), (150, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, TooSmall.SHOWN), (LINES, "-high")]  # noqa: RUF012

    def __init__(
        self,
        catalog: Catalog,
        session: Session,
        clock: Clock,
        scenario_dirs: tuple[str, ...] = (),
        quiz_book: QuizAnswers | None = None,
    ) -> None:
        super().__init__()
        self._compositor = NarrowCompositor()
        self.session = session
        self.modes = Modes(quiz_book or QuizAnswers())
        self.drawing = ScreenDrawing(self)
        self.frames = FrameLoop(session, clock, self, lambda words: self.notify(words, severity="warning"))
        guard = RunGuard(session, clock, lambda words: self.notify(words, severity="warning"))
        self.runs = RunControl(self, session, self.modes, catalog, scenario_dirs, guard)
        self.own_project = ProjectControl(self, self, self.runs)
        self.playhead = PlayheadControl(self)
        self.mode_control = ModeControl(self, self.modes, self._mode_was_chosen, self.notify)
        self.selection_control = SelectionControl(self, self.modes)
        self.sights = ModeSights(self, session, lambda: self.runs.catalog)
        self.layout_control = LayoutControl(self, self.modes, self.sights)
        self.focus_control = FocusControl(self, self, ScenarioList)
        self.playlist = Playlist(self.runs.open, lambda words: None if self.presentation.on else self.notify(words))
        self.presentation = Presentation(self, self, self.modes, self.focus_control, self.playlist.beyond, session)
        self.lessons = LessonControl(self, self, self.runs, self.modes, self.focus_control)
        inner = self.runs, self.modes, self.focus_control, self.selection_control, self.presentation
        self.way_back = WayBack(self, *inner, lambda: self.query_one(ScenarioList))
        self._parts: tuple[Part, ...] = (
            *(
                self.runs,
                self.playhead,
                self.mode_control,
                self.selection_control,
                self.layout_control,
                self.focus_control,
            ),
            *(self.playlist, self.presentation, self.way_back, self.lessons, self.own_project),
            SizeControl(self, self.runs, self.modes),
        )
        self._part_of = {command: part for part in self._parts for command in part.COMMANDS}

    @property
    def scenario(self) -> Scenario | None:
        """The one that is run or chosen; None for a broken folder."""
        return self.runs.scenario

    @property
    def playing(self) -> Playback | None:
        """A run, but not the still picture of one."""
        return self.runs.playing

    @property
    def told_of(self) -> Playback | None:
        """A run, or the picture of one that has its figures; for a quiz only what was run."""
        told = self.session.still_result and self.modes.mode != QUIZ
        return self.runs.seen if told else self.playing

    @property
    def main_area(self) -> MainArea:
        """Lanes, a waterfall or words."""
        return self.query_one(MainArea)

    def compose(self) -> ComposeResult:
        """Header, list and main area, what it means, keys."""
        yield EdgeLine("head")
        yield ModeBar()
        yield Static(id="title")
        with Horizontal(id="body"):
            yield ScenarioList(self.runs.catalog)
            yield MainArea()
        with Horizontal(id="meaning"):
            yield LegendLine()
            yield EdgeLine("status")
        yield Static(id="caption")
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """The list has the focus, and time stands still until something runs."""
        self.frames.mount(self)
        self.modes.simulation.tell = self.frames.ask_from_thread
        self.highlight(self.runs.chosen)
        self.focus_control.to_list()

    def highlight(self, name: str) -> None:
        """Choose it in the list, whatever the main area shows."""
        self.runs.chosen = name
        self.query_one(ScenarioList).show_option(name)

    @property
    def own_commands(self) -> tuple[str, frozenset[str]]:
        """The mode that is on and what its own keys do, for help."""
        return self.modes.mode, OWN_COMMANDS.get(self.modes.mode, frozenset())

    # ---- frames

    def redraw(self) -> None:
        """One frame of everything."""
        self.drawing.redraw()

    def draw_lanes(self) -> None:
        """One frame of the panes."""
        self.drawing.draw_lanes()

    # ---- what happens to the screen

    def turn_to_the_run(self) -> None:
        """The session has another run: all of it is in view, and time goes on."""
        self.playhead.view = Viewport()
        self.frames.wake()
        self.redraw()
        self.focus_control.to_main_area()
        self.call_after_refresh(self.refresh, layout=True)  # what was hidden below a form was not laid out anew

    def turn_back(self) -> None:
        """What was tried is forgotten; a run of it that is shown stays."""
        self.notify(OWN_SETTINGS)
        self.redraw()

    def plan(self, title: str, lines: list[str], begin: Callable[[], None]) -> None:
        """Tell how long something will take, and begin it where the user still wants it."""
        self.app.push_screen(DurationNotice(title, lines), lambda wanted: begin() if wanted else None)

    def complain(self, words: str) -> None:
        """Why a run could not be begun."""
        self.notify(words, severity="error", markup=False)

    def ask(self, form: ModalScreen[Chosen], then: Callable[[Chosen | None], None]) -> None:
        """The form lies over the screen."""
        self.app.push_screen(form, then)

    def _mode_was_chosen(self, name: str) -> None:
        """With the lanes the list comes back; else arrows scroll what the mode says."""
        if name == NAMES[0] and self.runs.with_list:
            self.focus_control.to_list()
        else:
            self.focus_control.to_main_area()

    @on(OptionList.OptionHighlighted)
    def _choose(self) -> None:
        option = self.query_one(ScenarioList).highlighted_option  # what is highlighted by now
        if option is None or option.id is None or option.id == self.runs.chosen:  # a heading has no id
            return
        self.runs.choose(option.id)
        self.redraw()

    @on(OptionList.OptionSelected)
    def _run_chosen(self) -> None:
        if self.check_action("press", ("run",)):
            self.runs.run()

    @on(Panes.Resized)
    def _fit(self) -> None:
        self.redraw()

    @on(Ruler.Scrubbed)
    def _scrub(self, event: Ruler.Scrubbed) -> None:
        self.playhead.scrub(event)

    @on(ModeBar.Chosen)
    def _mode_clicked(self, event: ModeBar.Chosen) -> None:
        self.mode_control.mode(event.mode)

    @on(LanesView.Picked)
    @on(WaterfallRows.Picked)
    def _pick(self, event: LanesView.Picked | WaterfallRows.Picked) -> None:
        self.selection_control.pick(event)

    @on(LanesView.WorkerPicked)
    def _pick_worker(self, event: LanesView.WorkerPicked) -> None:
        self.selection_control.pick_worker(event)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """By a key, the mouse, or what is shown."""
        super().set_focus(widget, scroll_visible, from_app_focus)
        if widget is not None:
            self.focus_control.was_given_to(widget)

    def _reset_focus(self, widget: Widget, avoiding: list[Widget] | None = None) -> None:
        """Whose widget has gone: what is shown in its place has the focus by the next frame, not its neighbour."""
        if self.focused is widget:
            self.set_focus(None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tab to another pane."""
        if isinstance(event.widget, LanesView):
            self.selection_control.turn_to(event.widget)

    # ---- commands

    def action_press(self, command: str, first: str | int | None = None, second: str | int | None = None) -> None:
        """What a key, a click or the palette asks for: a method of the part whose command it is, or of the screen.

        Its arguments have names, since Textual hands on as many as an action has parameters.
        """
        if command == "run" and self.presentation.leads:  # before a class nobody wants the servers started anew
            command, first = "lesson_step", 1
        arguments = (each for each in (first, second) if each is not None)
        getattr(self._part_of.get(command, self), command)(*arguments)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are neither offered nor obeyed; nothing is begun that nobody can see."""
        command = command_of(action, parameters)
        if self.has_class(TooSmall.SHOWN) and command not in UNSEEN_COMMANDS:
            return False
        if command in STEPS and self.way_back.step != command and not self.has_class(TooSmall.SHOWN):
            return False
        return self._part_of[command].may(command) if command in self._part_of else True
