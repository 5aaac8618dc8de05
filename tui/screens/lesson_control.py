"""The lesson of a scenario, what it, a tip and a result's cause lead to, and the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.tips import named_scenarios
from asgi_vs_wsgi.tui.screens.keys import Host
from asgi_vs_wsgi.tui.screens.lesson import LessonScreen
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.lesson_links import TRY, LessonLinks

if TYPE_CHECKING:
    from textual.content import Content
    from textual.screen import Screen

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.screens.focus_control import FocusControl
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.run_control import RunControl


class LessonHost(Host, Protocol):
    """What of the screen it needs."""

    def highlight(self, name: str) -> None:
        """Choose it in the list."""

    def action_press(self, command: str, first: str | int | None = None, second: str | int | None = None) -> None:
        """What a key would ask for."""


class LessonControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"lesson", "go_to", "advised"})

    def __init__(
        self, host: LessonHost, screen: Screen[None], runs: RunControl, modes: Modes, focus_control: FocusControl
    ) -> None:
        self._host, self._screen, self._runs, self._modes, self._focus = host, screen, runs, modes, focus_control

    def may(self, command: str) -> bool:
        """Whether there is a lesson; whether a scenario that it names is here, `go_to` finds out."""
        if command == "advised":
            return self._modes.mode == "tips" and self._gives_advice
        return command == "go_to" or self._host.scenario is not None

    @property
    def _gives_advice(self) -> bool:
        scenario = self._host.scenario
        return scenario is not None and not is_own_project(scenario)

    def lesson(self) -> None:
        """The whole of it, whenever somebody wants to read it."""
        if scenario := self._host.scenario:
            links = self._links(scenario)
            words, may_try = notes.lesson(scenario, links.code(numbered=True)), self._may_press((TRY,))
            self._screen.app.push_screen(LessonScreen(words, scenario.toml.title, links, may_try=may_try), self._follow)

    def go_to(self, name: str) -> None:
        """Choose a scenario that a lesson names, and show what it is about."""
        if not self._runs.in_list(name):
            return
        self._modes.mode = NAMES[0]
        self._runs.go_to(name)
        self._host.highlight(name)
        self._host.redraw()
        self._focus.to_list()

    def advised(self, place: int) -> None:
        """To the scenario that tips name there, if there are so many."""
        names = named_scenarios(self._runs.catalog.titles)
        if place < len(names) and (self._host.scenario is None or names[place] != self._host.scenario.name):
            self.go_to(names[place])

    def why(self, result: RunResult) -> list[Content]:
        """Why a result that is shown came out so, and where to look next."""
        scenario = self._host.scenario
        return self._links(scenario).why(result, scenario) if scenario else []

    def watch_for(self, scenario: Scenario, *, due: bool) -> tuple[Content, ...]:
        """What a lesson says below the lanes, once its run may be told of."""
        if not due:
            return (notes.lesson_later(),)
        return notes.watch_for(scenario, self._links(scenario).code(numbered=False)), notes.lesson_ready()

    def _links(self, scenario: Scenario) -> LessonLinks:
        return LessonLinks(scenario, self._runs.catalog)

    def _follow(self, pressed: tuple[str, str] | None) -> None:
        """What was pressed in the lesson."""
        if pressed is not None and self._may_press(pressed):
            self._host.action_press(*pressed)

    def _may_press(self, parameters: tuple[str, ...]) -> bool:
        return bool(self._screen.check_action("press", parameters))
