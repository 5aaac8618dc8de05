"""What ends a run that has gone on for long, or the program, is asked for twice.

While a run has gone on for more than ten seconds, a key that would end it says so first, and does it when it is
pressed again. What a run leaves behind is brought back by `u` all the same.

What `esc` goes back from: one step at a time, the innermost first, and never further.

what lies over the screen, a filter     closed by themselves
the presentation ─ the chosen visitor ─ what runs (stopped) ─ a mode ─ another scenario's words ─ the lanes ─► the list
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.session import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.playback.speed import Clock
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.presentation import Presentation
    from asgi_vs_wsgi.tui.screens.run_control import RunControl
    from asgi_vs_wsgi.tui.screens.selection_control import FocusControl, SelectionControl
    from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

LONG_S = 10.0
"""Nobody minds to measure again what took less."""
WINDOW_S = 5.0
"""Within which a key counts as pressed again."""


class SecondPress:
    """Whether the same is asked for again, soon enough."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked, self._at_s = "", 0.0

    def again(self, what: str) -> bool:
        """Asked for now; whether that was the second time."""
        now_s = self._clock()
        again = what == self._asked and now_s - self._at_s <= WINDOW_S
        self._asked, self._at_s = "" if again else what, now_s
        return again


class RunGuard:
    """Knows how long the run that goes on has gone on."""

    def __init__(self, session: Session, clock: Clock, tell: Callable[[str], None]) -> None:
        self._session, self._clock, self._tell = session, clock, tell
        self._second = SecondPress(clock)
        self._began_s: float | None = None
        """When it was first seen that visitors come."""

    @property
    def has_begun(self) -> bool:
        """Whether visitors were seen to come."""
        return self._began_s is not None

    def began(self) -> None:
        """A run begins now; until its servers are ready there is nothing to lose."""
        self._began_s = None

    def look(self) -> None:
        """Once a frame."""
        if self._began_s is None and self._session.phase is Phase.RECORDING:
            self._began_s = self._clock()

    @property
    def running_s(self) -> float:
        """0 where nothing runs, or has come yet."""
        return self._clock() - self._began_s if self._session.running and self._began_s is not None else 0.0

    def may_end_it(self, what: str) -> bool:
        """Whether `what` may end the run that goes on; where it may not yet, that is told."""
        if self.running_s < LONG_S or self._second.again(what):
            return True
        self._tell(f"this ends the run that has gone on for {seconds(self.running_s)}: once more to {what}")
        return False


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
        types_it = command == "filter" and self._scenarios().sought.typing  # a letter there, like any other
        return not self._presentation.on and not types_it

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
