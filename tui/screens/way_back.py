"""What `esc` goes back from: one step at a time, the innermost first, and never further.

what lies over the screen, a filter     closed by themselves
the presentation ─ the chosen visitor ─ what runs (stopped) ─ a mode ─ another scenario's words ─ the lanes ─► the list
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.tui.modes import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.tui.screens.focus_control import FocusControl
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.presentation import Presentation
    from asgi_vs_wsgi.tui.screens.run_control import RunControl
    from asgi_vs_wsgi.tui.screens.selection_control import SelectionControl
    from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

STEPS = ("leave_presentation", "clear_selection", "stop", "to_watch", "to_run", "back")


class WayBack:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"back", "filter"})

    def __init__(
        self,
        host: Host,
        runs: RunControl,
        modes: Modes,
        focus: FocusControl,
        selection: SelectionControl,
        presentation: Presentation,
        scenarios: Callable[[], ScenarioList],
    ) -> None:
        self._host, self._runs, self._modes, self._focus = host, runs, modes, focus
        self._selection, self._presentation, self._scenarios = selection, presentation, scenarios

    @property
    def step(self) -> str:
        """The command that `esc` is now; empty at the list, where there is nothing to go back from."""
        steps = {
            "leave_presentation": self._presentation.on,
            "clear_selection": self._selection.may("clear_selection"),
            "stop": self._runs.may("stop"),
            "to_watch": self._modes.mode != NAMES[0],
            "to_run": self._runs.may("to_run"),
            "back": not (self._focus.in_list and self._runs.with_list),
        }
        return next((step for step in STEPS if steps[step]), "")

    def may(self, command: str) -> bool:
        """Whether a key would do something; whether it is esc's turn is asked apart."""
        return not self._presentation.on

    def back(self) -> None:
        """To the list; a run that can be looked at stays where it is."""
        self._runs.to_list()
        self._host.redraw()
        self._focus.to_list()

    def filter(self) -> None:
        """Type what narrows the list; it comes back where it was folded away."""
        self._modes.mode = NAMES[0]
        self.back()
        self._scenarios().action_filter()
