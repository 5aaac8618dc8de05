"""The form of `x`: what `run` can change, for the chosen scenario, and the command line that does the same.

╭─ Try · Slow I/O ──────────────────────────────────────────────────────────╮
│ Threads instead: 16 in each worker                                        │
│ As the scenario says                                                      │
│ targets    gunicorn-gthread:2x16 uvicorn:2                                │
│ requests   32                                                             │
│ run it     ● race  ○ measure                                              │
│ Servers run for about 5 seconds (an estimate: an earlier run … so long).  │
│ asgi-vs-wsgi-tui run slow-io --target gunicorn-gthread:2x16 … --race      │
╰──── tab next   enter runs it   ctrl+y copies   ctrl+r resets   esc closes ╯
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.servers import server_specs
from asgi_vs_wsgi.tui.screens.duration_notice import DurationEstimator
from asgi_vs_wsgi.tui.screens.run_values import (
    FIELDS,
    YES,
    Choice,
    Field,
    Refusal,
    Values,
    as_written,
    chosen,
    line_of,
    suggested_values,
)

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario

ROOM_FOR_SERVERS = 30
"""Lines of a terminal that has room for their names."""
AS_WRITTEN = "As the scenario says"
KEYS = "tab next   enter {enter}   ctrl+y copies   ctrl+r resets   esc closes"
RUNS, TAKES = "runs it", "takes it"
"""What enter does in a field, and on a suggestion."""


EDITS = ("delete_", "cursor_", "home", "end", "cut", "paste", "select_all")
"""How the names of a field's actions begin that change it, or the place in it."""


class Manner(Widget, can_focus=True):
    """Whether it is raced or measured; a blank or an arrow changes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,left,right", "turn", "the other", show=False),
        Binding("enter", "submit", "run", show=False),
    ]

    class Changed(Message):
        """The other one was chosen."""

    class Submitted(Message):
        """Run it."""

    def __init__(self, *, race: bool, may_race: bool) -> None:
        super().__init__(id="manner")
        self.race, self._may_race = race and may_race, may_race

    def render(self) -> Content:
        """Both, and which of them it is."""
        words = "race: all at once" if self._may_race else "no race: its targets would slow one another"
        signs = ("●", "○") if self.race else ("○", "●")
        raced = Content.styled(f"{signs[0]} {words}", "" if self._may_race else "$faint")
        return Content.assemble(raced, f"   {signs[1]} measure: one after another (m)")

    def action_choose(self, race: bool) -> None:
        """This one."""
        self.race = race and self._may_race
        self.refresh()
        self.post_message(self.Changed())

    def action_turn(self) -> None:
        """The other one."""
        self.action_choose(not self.race)

    def action_submit(self) -> None:
        """As enter in a field."""
        self.post_message(self.Submitted())

    def on_click(self) -> None:
        """The other one."""
        self.action_turn()


class Flag(Widget, can_focus=True):
    """A field that is said or not; a blank turns it over."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,left,right", "turn", "the other", show=False),
        Binding("enter", "submit", "begin", show=False),
    ]

    class Changed(Message):
        """It was turned over."""

    class Submitted(Message):
        """As enter in a field."""

    def __init__(self, field: Field, value: str) -> None:
        super().__init__(id=f"field-{field.id}", classes="flag")
        self._turned = field.turned
        self._value = value

    @property
    def value(self) -> str:
        """YES or nothing."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self._value = value
        self.refresh()
        self.post_message(self.Changed())

    def render(self) -> Content:
        """How it stands."""
        said, unsaid = self._turned
        return Content(f"● {said}" if self._value else f"○ {unsaid}")

    def action_turn(self) -> None:
        """The other one."""
        self.value = "" if self._value else YES

    def action_submit(self) -> None:
        """Begin."""
        self.post_message(self.Submitted())

    def on_click(self) -> None:
        """The other one."""
        self.action_turn()


def value_at(screen: Screen[Any], field: Field) -> str:
    """What stands in it."""
    place = screen.query_one(f"#field-{field.id}")
    return place.value if isinstance(place, (Input, Flag)) else ""


class TextField(Input):
    """Obeys what edits it in the order of the keys.

    Textual obeys a backspace only once it has gone up through all that the field stands in; letters that were typed
    behind it, as a slow line sends them in one piece, are in the field by then.
    """

    async def _on_key(self, event: events.Key) -> None:
        edits = self._bindings.key_to_bindings.get(event.key, ())
        if edits and edits[0].action.startswith(EDITS):
            event.stop()
            event.prevent_default()
            await self.run_action(edits[0].action)


class Row(Vertical):
    """A field: its label, its text, and below what is wrong with it."""

    def __init__(self, field: Field, value: str) -> None:
        super().__init__(classes="row")
        self.field, self._value = field, value

    def compose(self) -> ComposeResult:
        """Label and text in a line."""
        with Horizontal():
            yield Static(Content(self.field.label), classes="label")
            if self.field.flag:
                yield Flag(self.field, self._value)
            else:
                yield TextField(self._value, id=f"field-{self.field.id}", compact=True)
        yield Static(classes="wrong")

    def complain(self, words: str) -> None:
        """One line, or nothing."""
        place = self.query_one(".wrong", Static)
        place.display = bool(words)
        place.update(Content.styled(words, "$error"))


class Suggested(OptionList):
    """What a lesson tells to try. Down goes on from the last one to the fields, as it does from field to field."""

    def action_cursor_down(self) -> None:
        """The next one, or the first field."""
        if self.highlighted == self.option_count - 1:
            self.screen.focus_next()
        else:
            super().action_cursor_down()


class RunForm(ModalScreen[Choice | None]):
    """Ends with what was chosen, to be run; None where it was only looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close", key_display="esc"),
        Binding("up", "app.focus_previous", "up", show=False),
        Binding("down", "app.focus_next", "down", show=False),
        Binding("f1", "app.help", "help", show=False, tooltip="Explain this form"),
        Binding("ctrl+y", "copy_line", "copy", tooltip="Copy the command line"),
        Binding("ctrl+r", "as_written", "as it was", tooltip="As the scenario says"),
        Binding("m", "raced(False)", "measure", show=False),
        Binding("r", "raced(True)", "race", show=False),
    ]

    def __init__(
        self, scenario: Scenario, catalog: Catalog, dirs: tuple[str, ...], values: Values, *, race: bool
    ) -> None:
        """`scenario` is as it is written, `values` those of the fields where they are not its own."""
        super().__init__()
        self._scenario, self._catalog, self._dirs = scenario, catalog, dirs
        self._given = as_written(scenario) | values
        self._race = race

    def compose(self) -> ComposeResult:
        """Suggestions first, the command line last."""
        with Vertical(id="form") as box:
            box.border_title = Content(f"Try · {self._scenario.toml.title}")
            box.border_subtitle = Content(KEYS.format(enter=RUNS))
            with VerticalScroll(id="form-fields", can_focus=False):
                if self._scenario.toml.suggestions:
                    titles = [each.title for each in self._scenario.toml.suggestions]
                    options = [Option(Content(words)) for words in (*titles, AS_WRITTEN)]
                    yield Suggested(*options, id="suggested", compact=True)
                for field in FIELDS:
                    yield Row(field, self._given[field.id])
                with Horizontal(classes="row"):
                    yield Static(Content("run it"), classes="label")
                    yield Manner(race=self._race, may_race=self._scenario.toml.race)
            yield Static(id="takes")
            yield Static(id="hint")
            yield Static(id="line")

    def on_mount(self) -> None:
        """The suggestions have the focus, where there are any."""
        self._durations = DurationEstimator(self._scenario)
        self._look()
        self.query_one("#suggested" if self._scenario.toml.suggestions else "#field-targets").focus()

    @property
    def values(self) -> Values:
        """The texts of all fields."""
        return {field.id: value_at(self, field) for field in FIELDS}

    @property
    def _is_race(self) -> bool:
        return self.query_one(Manner).race

    def _look(self) -> Choice | Refusal:
        """Check what stands there, as the command would, and tell it."""
        values, race = self.values, self._is_race
        found = chosen(self._scenario, values, self._catalog, race=race)
        wrong = found if isinstance(found, Refusal) else Refusal("", "")
        for row in self.query(Row):
            row.complain(wrong.words if row.field.id == wrong.field else "")
        takes = self.query_one("#takes", Static)
        takes.display = isinstance(found, Choice)
        if isinstance(found, Choice):
            takes.update(Content(self._durations.words(found.experiment)))
        line = line_of(self._scenario, values, self._dirs, race=race)
        self.query_one("#line", Static).update(Content.styled(line, "$primary" if not wrong.words else "$faint"))
        if wrong.words and not wrong.field:
            self.query_one("#hint", Static).update(Content.styled(wrong.words, "$error"))
        else:
            self._tell_hint()
        return found

    def _tell_hint(self) -> None:
        place = getattr(self.focused, "id", None) or ""
        enter = TAKES if place == "suggested" else RUNS
        self.query_one("#form").border_subtitle = Content(KEYS.format(enter=enter))
        hint = next((field.hint for field in FIELDS if place == f"field-{field.id}"), "")
        if place == "suggested":
            hint = "what the lesson tells to try: enter puts it into the form, the next enter runs it"
        elif place == "manner":
            hint = "m measures, r races, enter runs it"
        elif place == "field-targets" and self.app.size.height >= ROOM_FOR_SERVERS:
            hint = f"{hint}: {listed(server.name for server in server_specs() if server.installed)}"
        elif place == "field-parameters":
            told = (f"{name}: {each.help}" for name, each in self._scenario.toml.parameters.items())
            hint = "; ".join([hint, *told])
        self.query_one("#hint", Static).update(Content.styled(hint, "$faint"))

    def fill(self, values: Values) -> None:
        """Put these texts into the fields."""
        for name, value in values.items():
            self.query_one(f"#field-{name}", Input).value = value
        self._look()

    # ---- what happens to it

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Each field has a hint."""
        self._tell_hint()

    @on(Input.Changed)
    @on(Manner.Changed)
    def _changed(self) -> None:
        self._look()

    @on(Input.Submitted)
    @on(Manner.Submitted)
    def _run(self) -> None:
        found = self._look()
        if isinstance(found, Choice) and self.app.screen is self:
            self.dismiss(found)
        elif isinstance(found, Refusal) and found.field:
            self.query_one(f"#field-{found.field}").focus()

    @on(OptionList.OptionSelected)
    def _suggested(self, event: OptionList.OptionSelected) -> None:
        suggestions = self._scenario.toml.suggestions
        if event.option_index < len(suggestions):
            self.fill(suggested_values(self._scenario, suggestions[event.option_index]))
        else:
            self.action_as_written()
        self.query_one("#field-targets").focus()

    def action_raced(self, race: bool) -> None:
        """Or measured; asked for from anywhere but a text, which takes letters."""
        self.query_one(Manner).action_choose(race)

    def action_as_written(self) -> None:
        """Everything as the scenario says."""
        self.fill(as_written(self._scenario))

    def action_copy_line(self) -> None:
        """By the terminal's own clipboard (OSC 52)."""
        self.app.copy_to_clipboard(line_of(self._scenario, self.values, self._dirs, race=self._is_race))
        self.notify("the command line was handed to the terminal's clipboard")
