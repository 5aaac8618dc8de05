"""Which of the nine modes is on, and what the keys of each do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.widgets.waterfall_rows import WaterfallRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.tui.screens.modes import Modes
    from asgi_vs_wsgi.tui.screens.part import Host


class ModeControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"mode", "page", "order", "answer", "question", "forget_answers", "knob"})

    def __init__(self, host: Host, modes: Modes, turned_to: Callable[[str], None]) -> None:
        """`turned_to` is told of the mode that a user has chosen."""
        self._host, self._modes, self._turned_to = host, modes, turned_to

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        if command == "mode":
            return True
        if command == "page" and self._modes.mode == NAMES[0]:
            return self._host.playing is not None
        there = self._host.scenario if command != "order" else self._host.playing  # without rows nobody sees the order
        return there is not None and self._modes.obeys(command)

    def mode(self, name: str) -> None:
        """Look at it in another way."""
        self._modes.mode = name
        self._host.redraw()
        self._turned_to(name)

    def page(self, direction: int) -> None:
        """Scroll what a mode says."""
        self._host.stage.page(direction)

    def order(self) -> None:
        """Sort the waterfall in another way."""
        self._modes.next_order()
        self._host.redraw()
        self._host.stage.query_one(WaterfallRows).show_chosen()

    def answer(self, choice: int) -> None:
        """Answer the next question."""
        if scenario := self._host.scenario:
            self._modes.answer(scenario, choice)
            self._show_question()

    def question(self, steps: int) -> None:
        """Another question of the quiz."""
        self._modes.go_to_question(steps)
        self._show_question()

    def forget_answers(self, of: str) -> None:
        """Start the quiz anew, for this scenario or for all."""
        self._modes.forget_answers(self._host.scenario if of == "one" else None)
        self._show_question()

    def _show_question(self) -> None:
        self._host.redraw()
        self._host.stage.to_top()

    def knob(self, name: str, steps: int) -> None:
        """Change what would be, in What-if."""
        self._modes.turn(name, steps)
        self._host.redraw()
