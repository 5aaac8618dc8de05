"""Which visitor or worker is chosen, whose story is told beside the lanes.

Which pane has the focus, which decides what arrows, letters and the wheel move.

the list ──enter, a mode──► what is shown beside it ──esc──► the list
                tab, shift+tab: from one pane to the next

A run, a mode or a picture that takes another widget's place takes its focus too: keys act on what is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import next_number

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
    from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList
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
        return told and (command == "visitor" or self._host.main_area.tells_story)

    def visitor(self, steps: int) -> None:
        """The next one, or the one before."""
        area = self._host.main_area
        if target := area.pointed_at:
            number = target.book.chosen.number
            area.choose(target, next_number(number, steps, len(target.trace.visits)))
            self._host.redraw()

    def worker(self, steps: int) -> None:
        """The next one of any target, or the one before; after the last: none."""
        self._host.main_area.next_worker(steps)
        self._host.redraw()

    def clear_selection(self) -> None:
        """Nobody is chosen."""
        self._host.main_area.choose(None, 0)
        self._host.redraw()

    def pick(self, picked: LanesView.Picked | WaterfallRows.Picked) -> None:
        """Whose bar or row was clicked."""
        self._host.main_area.choose(picked.target, picked.number)
        self._host.redraw()

    def pick_worker(self, picked: LanesView.WorkerPicked) -> None:
        """Whose name was clicked."""
        self._host.main_area.choose_worker(picked.target, picked.index)
        self._host.redraw()

    def turn_to(self, pane: LanesView) -> None:
        """Tab to another pane tells the same visitor's story there; a click says itself whom it means."""
        if not pane.is_attached or pane.is_mouse_over:  # another run may have taken it away meanwhile
            return
        if self._host.main_area.turn_to(pane.target):
            self._host.redraw()


class FocusControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"pane"})

    def __init__(self, host: Host, screen: Screen[None], scenarios: type[ScenarioList]) -> None:
        self._host, self._screen, self._scenarios = host, screen, scenarios
        self._in_main_area = False
        """Whether what is looked at is beside the list."""
        self._follows = False
        """Whether we give the focus ourselves, which says nothing of what somebody means."""
        self.nowhere = False
        """Whether nothing has the focus: every key is the screen's."""

    @property
    def _list(self) -> ScenarioList:
        return self._screen.query_one(self._scenarios)

    @property
    def in_list(self) -> bool:
        """Whether the list has it."""
        return self._list.has_focus

    def _panes(self) -> list[Widget]:
        return [pane for pane in (self._list, *self._host.main_area.moved_in) if _is_shown(pane)]

    def may(self, command: str) -> bool:
        """Whether tab would do something."""
        return not self.nowhere and len(self._panes()) > 1

    def pane(self, steps: int) -> None:
        """To the next pane, or to the one before."""
        panes, focused = self._panes(), self._screen.focused
        at = panes.index(focused) + steps if focused in panes else 0
        to = panes[at % len(panes)]
        self._screen.set_focus(to)

    def to_main_area(self) -> None:
        """What is shown beside the list is looked at."""
        self._in_main_area = True
        self.follow()

    def to_list(self) -> None:
        """The list is."""
        self._in_main_area = False
        self.follow()

    def was_given_to(self, widget: Widget) -> None:
        """By a key or the mouse, or by us."""
        self._host.main_area.gone_to = None if self._follows else widget
        if widget in self._panes():
            self._in_main_area = widget is not self._list

    def follow(self) -> None:
        """What is shown, or whether there is a list, may have changed."""
        if self.nowhere:
            wanted: list[Widget] = []
        else:
            beside = [pane for pane in self._host.main_area.moved_in if _is_shown(pane)]
            wanted = beside if self._in_main_area or not _is_shown(self._list) else [self._list]
        if not wanted and self.nowhere and self._screen.focused is not None:
            self._screen.set_focus(None)
        elif wanted and self._screen.focused not in wanted:
            self._follows = True
            self._screen.set_focus(wanted[0], scroll_visible=False)
            self._follows = False


def _is_shown(pane: Widget) -> bool:
    return pane.is_attached and pane.display and pane.focusable
