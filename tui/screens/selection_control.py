"""Which visitor or worker is chosen, whose story is told beside the lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import next_number

if TYPE_CHECKING:
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
    from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

TELL_STORIES = ("watch", "waterfall")


class SelectionControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"visitor", "worker", "clear_selection"})

    def __init__(self, host: Host, modes: Modes) -> None:
        self._host, self._modes = host, modes

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        mode = self._modes.mode
        shown = self._host.playing if mode == TELL_STORIES[0] else self._host.told_of
        told = shown is not None and mode in TELL_STORIES
        if command == "worker":
            return told and mode == TELL_STORIES[0]
        return told and (command == "visitor" or self._host.stage.tells_story)

    def visitor(self, steps: int) -> None:
        """The next one, or the one before."""
        stage = self._host.stage
        if target := stage.pointed_at:
            number = target.book.chosen.number
            stage.choose(target, next_number(number, steps, len(target.trace.visits)))
            self._host.redraw()

    def worker(self, steps: int) -> None:
        """The next one of any target, or the one before; after the last: none."""
        self._host.stage.next_worker(steps)
        self._host.redraw()

    def clear_selection(self) -> None:
        """Nobody is chosen."""
        self._host.stage.choose(None, 0)
        self._host.redraw()

    def pick(self, picked: LanesView.Picked | WaterfallRows.Picked) -> None:
        """Whose bar or row was clicked."""
        self._host.stage.choose(picked.target, picked.number)
        self._host.redraw()

    def pick_worker(self, picked: LanesView.WorkerPicked) -> None:
        """Whose name was clicked."""
        self._host.stage.choose_worker(picked.target, picked.index)
        self._host.redraw()

    def turn_to(self, pane: LanesView) -> None:
        """Tab to another pane tells the same visitor's story there; a click says itself whom it means."""
        if not pane.is_attached or pane.is_mouse_over:  # another run may have taken it away meanwhile
            return
        if self._host.stage.turn_to(pane.target):
            self._host.redraw()
