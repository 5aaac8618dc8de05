"""The lesson of a scenario, what it, a tip and a result's cause lead to, and the way there.

The lesson in a box over the screen; what it names is pressed with a letter, or with a click. Digits are modes there,
too: the lesson closes.

╭─ Slow I/O ─────────────────────────────────────────────────────────╮
│ When it does not apply                                             │
│ • The page does not wait. (see CPU bound [A])                      │
│ A CPU bound   B Blocked loop   C try --target gunicorn-gthread:2x16│
╰──────────────────────────────────── x try something   esc closes ──╯
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.tips import LETTERS, named_scenarios
from asgi_vs_wsgi.tui.screens.help import Text
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES, Host
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.lesson_links import TRY, LessonLinks
from asgi_vs_wsgi.tui.widgets.note_view import Words

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.screen import Screen

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.run_control import RunControl
    from asgi_vs_wsgi.tui.screens.selection_control import FocusControl

Pressed = tuple[str, str]
"""A command of the screen below, and what it is about."""


GOES_ON = "↓ it goes on   "


class LessonText(Text):
    """Moves as lists do, and tells whoever reads that it goes on below."""

    def on_resize(self) -> None:
        """More or less of it is in view, once all of it has been laid out."""
        self.call_after_refresh(self._tell_rest)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Another part of it is in view."""
        super().watch_scroll_y(old_value, new_value)
        self._tell_rest()

    def _tell_rest(self) -> None:
        screen = self.screen
        if isinstance(screen, LessonScreen):
            screen.tell_keys(goes_on=self.max_scroll_y - self.scroll_y >= 1)


class LessonScreen(ModalScreen[Pressed | None]):
    """Ends with what was pressed in it, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,y,q", "dismiss", "close", key_display="esc"),
        Binding("x", f"press('{TRY}', '')", "try something", tooltip="Try it with other settings"),
        *(Binding(letter, f"follow({at})", "follow", show=False) for at, letter in enumerate(LETTERS)),
        *DIGITS_IN_BOXES,
    ]

    def __init__(self, words: Content, title: str, links: LessonLinks, *, may_try: bool) -> None:
        super().__init__()
        self._words, self._title, self._links, self._may_try = words, title, links, may_try

    def compose(self) -> ComposeResult:
        """The text scrolls, what it leads to stays."""
        with Vertical(id="lesson-box") as box:
            box.border_title = Content(self._title)
            with LessonText(id="lesson-text"):
                yield Words(self._words)
            if self._links.all:
                yield Static(Content.assemble(*self._leads()), id="lesson-leads")

    def on_mount(self) -> None:
        """Up and down scroll it at once."""
        self.query_one("#lesson-text").focus()
        self.tell_keys(goes_on=False)

    def tell_keys(self, *, goes_on: bool) -> None:
        """In the border, and whether there is more below."""
        keys = "x tries other settings   esc closes" if self._may_try else "esc closes"
        self.query_one("#lesson-box").border_subtitle = Content(f"{GOES_ON if goes_on else ''}{keys}")

    def _leads(self) -> list[Content]:
        """Every link with its key."""
        return [
            Content.assemble(
                (f"{letter} ", "bold $accent"),
                self._links.link(named, f"{'' if named.is_scenario else 'try '}{self._links.words(named)}"),
                "   ",
            )
            for letter, named in zip(LETTERS, self._links.all, strict=False)
        ]

    def action_follow(self, at: int) -> None:
        """Go where the link of that letter leads."""
        if at < len(self._links.all):
            self.action_press(*self._links.press(self._links.all[at]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be tried of a scenario that is not here any more."""
        return self._may_try or not (action == "press" and TRY in parameters)

    def action_press(self, command: str, about: str = "") -> None:
        """A key or a click: the screen below does it."""
        self.dismiss((command, about))


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
            words, may_try = notes.lesson(scenario, links.code(lettered=True)), self._may_press((TRY,))
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

    def watch_for(self, scenario: Scenario, *, due: bool, speaks_of_it: bool) -> tuple[Content, ...]:
        """What a lesson says below the lanes, once its run may be told of; it knows no other settings than its own."""
        if not due:
            return (notes.lesson_later(),)
        if not speaks_of_it:
            return (notes.lesson_ready(),)
        return notes.watch_for(scenario, self._links(scenario).code(lettered=False)), notes.lesson_ready()

    def _links(self, scenario: Scenario) -> LessonLinks:
        return LessonLinks(scenario, self._runs.catalog)

    def _follow(self, pressed: tuple[str, str] | None) -> None:
        """What was pressed in the lesson."""
        if pressed is not None and self._may_press(pressed):
            self._host.action_press(*pressed)

    def _may_press(self, parameters: tuple[str, ...]) -> bool:
        return bool(self._screen.check_action("press", parameters))
