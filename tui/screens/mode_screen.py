"""A screen on which a session is looked at in nine modes, and visitors one by one."""

from __future__ import annotations

from abc import abstractmethod

from textual import events, on
from textual.binding import Binding

from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.tui.drawing.lanes.navigation import next_number
from asgi_vs_wsgi.tui.playback.clock import Clock
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.screens.modes import MODE_ACTIONS, Modes
from asgi_vs_wsgi.tui.screens.playback_screen import PlaybackScreen
from asgi_vs_wsgi.tui.user_data.quiz_answers import QuizAnswers
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.mode_bar import ModeBar
from asgi_vs_wsgi.tui.widgets.stage import Stage
from asgi_vs_wsgi.tui.widgets.waterfall_rows import WaterfallRows

TELL_STORIES = ("watch", "waterfall")
VISITOR_BINDINGS = [
    Binding("n", "visitor(1)", "visitor", key_display="n p", id="next", tooltip="The next visitor's story"),
    Binding("p", "visitor(-1)", "before", show=False, id="previous", tooltip="The story of the visitor before"),
    Binding("w", "worker(1)", "worker", key_display="w", id="worker", tooltip="The next worker's story"),
    Binding("W", "worker(-1)", "before", show=False, id="worker_before", tooltip="The story of the worker before"),
]
LOOKER_ACTIONS = MODE_ACTIONS | {"visitor", "worker", "let_go"}


class ModeScreen(PlaybackScreen):
    """What the keys of the modes and of visitors do; what there is to look at, who inherits says."""

    def __init__(self, session: Session, clock: Clock, quiz_book: QuizAnswers | None) -> None:
        super().__init__(session, clock)
        self.modes = Modes(quiz_book or QuizAnswers())

    @property
    @abstractmethod
    def scenario(self) -> Scenario | None:
        """What is looked at; None for a broken folder."""

    def may_look(self, action: str) -> bool:
        """Whether a key of LOOKER_ACTIONS would do something."""
        if action == "page" and self.modes.mode == TELL_STORIES[0]:
            return self.playing is not None
        if action in MODE_ACTIONS:
            there = self.scenario if action != "order" else self.playing  # without rows nobody sees the order
            return there is not None and self.modes.obeys(action)
        told = self.playing is not None and self.modes.mode in TELL_STORIES
        if action == "worker":
            return told and self.modes.mode == TELL_STORIES[0]
        return told and (action == "visitor" or (self.query_one(Stage).tells_story and not self.session.running))

    # ---- modes

    def action_mode(self, name: str) -> None:
        """Look at it in another way."""
        self.modes.mode = name
        self.redraw()
        if name == "waterfall" and self.playing:
            self.call_after_refresh(self.query_one(WaterfallRows).focus)

    @on(ModeBar.Chosen)
    def _mode_clicked(self, event: ModeBar.Chosen) -> None:
        self.action_mode(event.mode)

    def action_page(self, direction: int) -> None:
        """Scroll what a mode says."""
        self.query_one(Stage).page(direction)

    def action_order(self) -> None:
        """Sort the waterfall in another way."""
        self.modes.next_order()
        self.redraw()
        self.query_one(WaterfallRows).show_chosen()

    def action_answer(self, choice: int) -> None:
        """Answer the next question."""
        if scenario := self.scenario:
            self.modes.answer(scenario, choice)
            self._show_question()

    def action_question(self, steps: int) -> None:
        """Another question of the quiz."""
        self.modes.go_to_question(steps)
        self._show_question()

    def action_forget_answers(self, of: str) -> None:
        """Start the quiz anew, for this scenario or for all."""
        self.modes.forget_answers(self.scenario if of == "one" else None)
        self._show_question()

    def _show_question(self) -> None:
        self.redraw()
        self.query_one(Stage).to_top()

    def action_knob(self, name: str, steps: int) -> None:
        """Change what would be, in What-if."""
        self.modes.turn(name, steps)
        self.redraw()

    # ---- one visitor

    @on(LanesView.Picked)
    @on(WaterfallRows.Picked)
    def _pick(self, event: LanesView.Picked | WaterfallRows.Picked) -> None:
        self.query_one(Stage).choose(event.target, event.number)
        self.redraw()

    def action_visitor(self, steps: int) -> None:
        """The next one, or the one before."""
        stage = self.query_one(Stage)
        if target := stage.pointed_at:
            number = target.book.chosen.number
            stage.choose(target, next_number(number, steps, len(target.trace.visits)))
            self.redraw()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tab to another pane tells the same visitor's story there; a click says itself whom it means."""
        pane = event.widget
        if not isinstance(pane, LanesView) or not pane.is_attached:  # another run may have taken it away meanwhile
            return
        if not pane.is_mouse_over and self.query_one(Stage).turn_to(pane.target):
            self.redraw()

    @on(LanesView.WorkerPicked)
    def _pick_worker(self, event: LanesView.WorkerPicked) -> None:
        self.query_one(Stage).choose_worker(event.target, event.index)
        self.redraw()

    def action_worker(self, steps: int) -> None:
        """The next one of any target, or the one before; after the last: none."""
        self.query_one(Stage).next_worker(steps)
        self.redraw()

    def action_let_go(self) -> None:
        """Nobody is chosen."""
        self.query_one(Stage).choose(None, 0)
        self.redraw()
