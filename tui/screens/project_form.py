"""The form of the user's own project: where it is, as far as which step, and the command line that does the same.

╭─ Your own project ────────────────────────────────────────────────────────╮
│ folder     /home/ada/src/shop                                             │
│ python                                                                    │
│ pages      /books/=3 /search/?q=x                                         │
│ as far as  ○ look  ○ try  ● run                                           │
│ asgi-vs-wsgi-tui project /home/ada/src/shop --page /books/=3 …            │
╰──────── enter begins   ctrl+y copies   ctrl+r empties   esc closes ───────╯
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.untrusted_text import one_line, printable
from asgi_vs_wsgi.tui.screens.project_values import (
    FIELDS,
    RUN,
    STEPS,
    line_of,
    refusal_of_project,
    refusal_of_words,
    values_at_first,
)
from asgi_vs_wsgi.tui.screens.run_form import Flag, Row, value_at

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from asgi_vs_wsgi.tui.screens.run_values import Refusal, Values

KEYS = "enter begins   ctrl+y copies   ctrl+r empties   esc closes"
TOLD = {
    "look": "look: import it in its own Python, and tell what would cost under ASGI; nothing is sent",
    "try": "try: then ask for each page twice, alone, on copies of its databases",
    "run": "run: then visit the pages on live servers, WSGI and ASGI, and tell what that came to",
}
CHECKING = "looking whether there is a project, and a Python for it…"


class Wanted(NamedTuple):
    """What the form ends with."""

    values: Values
    step: str


class Steps(Widget, can_focus=True):
    """As far as which step; its first letter, a blank or an arrow chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(step[0], f"choose('{step}')", step, show=False) for step in STEPS),
        Binding("left", "turn(-1)", "before", show=False),
        Binding("right,space", "turn(1)", "next", show=False),
        Binding("enter", "submit", "begin", show=False),
    ]

    class Changed(Message):
        """Another one was chosen."""

    class Submitted(Message):
        """Begin."""

    def __init__(self, step: str) -> None:
        super().__init__(id="steps")
        self.step = step

    def render(self) -> Content:
        """All of them, and which it is."""
        return Content("  ".join(f"{'●' if each == self.step else '○'} {each}" for each in STEPS))

    def action_choose(self, step: str) -> None:
        """This one."""
        self.step = step
        self.refresh()
        self.post_message(self.Changed())

    def action_turn(self, by: int) -> None:
        """The next, or the one before; after the last comes the first."""
        self.action_choose(STEPS[(STEPS.index(self.step) + by) % len(STEPS)])

    def action_submit(self) -> None:
        """As enter in a field."""
        self.post_message(self.Submitted())

    def on_click(self) -> None:
        """The next."""
        self.action_turn(1)


class ProjectForm(ModalScreen[Wanted | None]):
    """Ends with what is to begin, checked; None where it was only looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close", key_display="esc", tooltip="Close the form"),
        Binding("enter", "begin", "begin", tooltip="Begin, if nothing is wrong"),
        Binding("up", "app.focus_previous", "up", show=False, tooltip="To the field above"),
        Binding("down", "app.focus_next", "down", show=False, tooltip="To the field below"),
        Binding("f1", "app.help", "help", tooltip="Explain this form"),
        Binding("ctrl+y", "copy_line", "copy", tooltip="Copy the command line"),
        Binding("ctrl+r", "empty", "empty", tooltip="Empty the form"),
    ]

    def __init__(self, values: Values, step: str = RUN) -> None:
        super().__init__()
        self._given, self._step = values, step
        self._checking = False

    def compose(self) -> ComposeResult:
        """The folder first, the command line last."""
        with Vertical(id="form") as box:
            box.border_title = Content(OWN_PROJECT)
            box.border_subtitle = KEYS
            with VerticalScroll(id="form-fields", classes="-leaves-room", can_focus=False):
                for field in FIELDS:
                    yield Row(field, printable(self._given[field.id]))
            with Horizontal(classes="row"):
                yield Static(Content("as far as"), classes="label")
                yield Steps(self._step)
            yield Static(id="hint")
            yield Static(id="line")

    def on_mount(self) -> None:
        """The folder has the focus."""
        self._look()
        self.query_one("#field-path").focus()

    @property
    def values(self) -> Values:
        """The texts of all fields."""
        return {field.id: value_at(self, field) for field in FIELDS}

    @property
    def step(self) -> str:
        """As far as which."""
        return self.query_one(Steps).step

    def _look(self) -> Refusal | None:
        """Check the texts, as the command would, and tell it."""
        wrong = refusal_of_words(self.values, self.step)
        self._complain(wrong)
        line = line_of(self.values, self.step)
        self.query_one("#line", Static).update(Content.styled(one_line(line), "$faint" if wrong else "$primary"))
        self._tell_hint()
        return wrong

    def _complain(self, wrong: Refusal | None) -> None:
        for row in self.query(Row):
            row.complain(one_line(wrong.words) if wrong and wrong.field == row.field.id else "")

    def _tell_hint(self, words: str = "") -> None:
        place = getattr(self.focused, "id", None) or ""
        hint = next((field.hint for field in FIELDS if place == f"field-{field.id}"), TOLD[self.step])
        self.query_one("#hint", Static).update(Content.styled(words or hint, "$faint"))

    # ---- what happens to it

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Each field has a hint."""
        self._tell_hint()

    @on(Input.Changed)
    @on(Flag.Changed)
    @on(Steps.Changed)
    def _changed(self) -> None:
        self._look()

    @on(Input.Submitted)
    @on(Flag.Submitted)
    @on(Steps.Submitted)
    def _begin(self) -> None:
        if self._checking:
            return
        if wrong := self._look():
            self.query_one(f"#field-{wrong.field}").focus()
            return
        self._checking = True
        self._tell_hint(CHECKING)
        self.run_worker(self._check_and_begin(Wanted(self.values, self.step)))

    async def _check_and_begin(self, wanted: Wanted) -> None:
        """Beside the screen: a folder may lie on a slow disk, and its Python is asked for its version."""
        try:
            wrong = await asyncio.to_thread(refusal_of_project, wanted.values)
        finally:
            self._checking = False
        if self.app.screen is not self:
            return
        if wrong is None:
            self.dismiss(wanted)
            return
        self._tell_hint()
        self._complain(wrong)
        self.query_one(f"#field-{wrong.field}").focus()

    def action_begin(self) -> None:
        """Wherever the focus is."""
        self._begin()

    def action_empty(self) -> None:
        """As where nothing was used before."""
        for name, value in values_at_first({}, Path.cwd()).items():
            place = self.query_one(f"#field-{name}")
            if isinstance(place, (Input, Flag)):
                place.value = value
        self._look()

    def action_copy_line(self) -> None:
        """By the terminal's own clipboard (OSC 52)."""
        self.app.copy_to_clipboard(line_of(self.values, self.step))
        self.notify("the command line was handed to the terminal's clipboard")
