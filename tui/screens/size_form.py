"""The form of `S` in What-if: what is to be held; and the box in which its answer is searched for and told.

╭─ Size · Slow I/O ─────────────────────────────────────────────────────────╮
│ rate       50                                                             │
│ p95        500ms                                                          │
│ asgi-vs-wsgi-tui size RUN.avw --rate 50 --p95 500ms                       │
╰──────────────── enter searches   ctrl+y copies   ctrl+r empties   esc closes ╯
╭─ PREDICTED · Size · Slow I/O ─────────────────────────────────────────────╮
│ Simulated to hold it, the cheapest first                                  │
│ uvicorn:1   0.20 s (0.20 s to 0.20 s)   the event loops   7%   …          │
╰──────────────── M measures the best two live   r again   esc closes ──────╯
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.tui.arguments.simulate import size_options_of
from asgi_vs_wsgi.tui.playback.background_sizing import SizePromise
from asgi_vs_wsgi.tui.report.run_report import blocks
from asgi_vs_wsgi.tui.report.simulation import CALIBRATED, calibrations_table, paragraphs
from asgi_vs_wsgi.tui.report.sizing import search_sections
from asgi_vs_wsgi.tui.screens.help import Text
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES
from asgi_vs_wsgi.tui.screens.run_form import Row, value_at
from asgi_vs_wsgi.tui.screens.run_values import Field, Refusal, Values, refusal_at_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from asgi_vs_wsgi.scenarios.planning.sizing import SizeOptions
    from asgi_vs_wsgi.tui.playback.background_sizing import BackgroundSizing, SizeAnswer

FIELDS = (
    Field("rate", "rate", "--rate", "visitors per second that come"),
    Field("p95", "p95", "--p95", "what 95% of them may wait at most: 500ms, 0.5s"),
    Field("of", "class", "--class", "of one class of visitors; empty: of all of them"),
    Field("headroom", "headroom", "--headroom", "hold it at so many times the rate; empty: 1"),
    Field("duration_s", "seconds", "--duration", "for how long; empty: as many as tell a p95, and live 30 s each"),
    Field("targets", "servers", "--target", "names, blanks between; empty: those of the run", many=True),
    Field("parameters", "changes", "--set", "wait=2, cpu=0.5 or a parameter in ms; blanks between", many=True),
)
"""In the order of the form: each is an option of `size`."""
KEYS = "enter searches   ctrl+y copies   ctrl+r empties   esc closes"
SEARCHING, OVER = "esc ends it", "r again   esc closes"
TOLD_EVERY_S = 0.1


class SizeWanted(NamedTuple):
    """What the form ends with."""

    values: Values
    options: SizeOptions


def arguments(values: Mapping[str, str]) -> list[str]:
    """Of `size RUN.avw`: what is empty is left out."""
    given = ((field.option, word) for field in FIELDS for word in field.words_of(values.get(field.id, "")) if word)
    return [word for pair in given for word in pair]


def line_of(values: Mapping[str, str]) -> str:
    """The command line that does the same of the run, once that is saved."""
    return shlex.join([PROGRAM, "size", "RUN.avw", *arguments(values)])


def wanted(values: Values) -> SizeWanted | Refusal:
    """What these texts come to, or the first thing that the command would refuse."""
    for field in FIELDS[:2]:
        if not values[field.id].strip():
            return Refusal(field.id, f"“{field.label}” is missing: {field.hint}")
    try:
        options = size_options_of(arguments(values))
        options.goal(1.0)
    except BadInput as error:
        return refusal_at_field(error.one_line(), FIELDS, or_else=FIELDS[0].id)
    return SizeWanted(values, options)


class SizeForm(ModalScreen[SizeWanted | None]):
    """Ends with what is to be held, checked; None where it was only looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close", key_display="esc", tooltip="Close the form"),
        Binding("up", "app.focus_previous", "up", show=False, tooltip="To the field above"),
        Binding("down", "app.focus_next", "down", show=False, tooltip="To the field below"),
        Binding("f1", "app.help", "help", tooltip="Explain this form"),
        Binding("ctrl+y", "copy_line", "copy", tooltip="Copy the command line"),
        Binding("ctrl+r", "empty", "empty", tooltip="Empty the form"),
    ]

    def __init__(self, title: str, values: Values) -> None:
        super().__init__()
        self._title, self._given = title, {field.id: values.get(field.id, "") for field in FIELDS}

    def compose(self) -> ComposeResult:
        """The fields, a hint, the command line."""
        with Vertical(id="form") as box:
            box.border_title = Content(f"Size · {printable(self._title)}")
            box.border_subtitle = Content(KEYS)
            with VerticalScroll(id="form-fields", classes="-leaves-room", can_focus=False):
                for field in FIELDS:
                    yield Row(field, self._given[field.id])
            yield Static(id="hint")
            yield Static(id="line")

    def on_mount(self) -> None:
        """The rate has the focus."""
        self.query_one("#field-rate").focus()
        self._look()

    @property
    def values(self) -> Values:
        """The texts of all fields."""
        return {field.id: value_at(self, field) for field in FIELDS}

    def _look(self) -> SizeWanted | Refusal:
        """Check what stands there, as the command would, and tell it; what is not there yet is no fault."""
        values = self.values
        found = wanted(values)
        wrong = found if isinstance(found, Refusal) else Refusal("", "")
        for row in self.query(Row):
            at = row.field.id == wrong.field and values[wrong.field].strip()
            row.complain(wrong.words if at else "")
        self.query_one("#line", Static).update(
            Content.styled(line_of(values), "$primary" if not wrong.words else "$faint")
        )
        self._tell_hint()
        return found

    def _tell_hint(self) -> None:
        place = getattr(self.focused, "id", None) or ""
        hint = next((field.hint for field in FIELDS if place == f"field-{field.id}"), "")
        self.query_one("#hint", Static).update(Content.styled(hint, "$faint"))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Each field has a hint."""
        self._tell_hint()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._look()

    @on(Input.Submitted)
    def _submit(self) -> None:
        found = self._look()
        if isinstance(found, SizeWanted) and self.app.screen is self:
            self.dismiss(found)
        elif isinstance(found, Refusal) and found.field:
            row = next(row for row in self.query(Row) if row.field.id == found.field)
            row.complain(found.words)
            self.query_one(f"#field-{found.field}").focus()

    def action_empty(self) -> None:
        """Every field."""
        for field in FIELDS:
            self.query_one(f"#field-{field.id}", Input).value = ""
        self._look()

    def action_copy_line(self) -> None:
        """By the terminal's own clipboard (OSC 52)."""
        self.app.copy_to_clipboard(line_of(self.values))
        self.notify("the command line was handed to the terminal's clipboard")


AGAIN = "again"
"""What the box ends with where the form is wanted once more."""


class SizeBox(ModalScreen[SizePromise | str]):
    """Searches, tells, and ends with what is to be measured, AGAIN, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "close", key_display="esc", tooltip="End the search, or close its answer"),
        Binding("M", "measure", "measure", tooltip="Measure the best live, two at most, beside what is predicted"),
        Binding("r", "again", "again", tooltip="The form once more"),
        Binding("f1,question_mark", "app.help", "help", tooltip="Explain this box"),
        *DIGITS_IN_BOXES,
    ]

    def __init__(self, title: str, search: BackgroundSizing) -> None:
        super().__init__()
        self._title, self._search = title, search
        self._shown: tuple[SizeAnswer, int] | None = None

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical(id="project-box") as box:
            box.border_title = Content.assemble(
                ("PREDICTED", "bold reverse $accent"), f" · Size · {printable(self._title)}"
            )
            box.border_subtitle = Content(SEARCHING)
            with Text(id="project-text"):
                yield Static(id="project-words")

    def on_mount(self) -> None:
        """It begins."""
        self.query_one(Text).focus()
        self.set_interval(TOLD_EVERY_S, self._tell)
        self._search.begin()
        self._tell()

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        self._search.stop()

    def _tell(self) -> None:
        """What is known by now, as wide as there is room for."""
        words = self.query_one("#project-words", Static)
        answer, width = self._search.answer, max(40, self.query_one(Text).scrollable_content_region.width)
        if self._shown == (answer, width):
            return
        self._shown = answer, width
        words.update(Content("\n").join(answer_lines(answer, self._title, width)))
        box = self.query_one("#project-box")
        box.border_subtitle = Content(keys_of(answer))

    def action_measure(self) -> None:
        """Where what is PREDICTED of them is known."""
        if self._search.answer.promise is not None and self.app.screen is self:
            self.dismiss(self._search.answer.promise)

    def action_again(self) -> None:
        """With the values that were asked for."""
        if self.app.screen is self:
            self.dismiss(AGAIN)

    def action_leave(self) -> None:
        """Back to What-if."""
        if self.app.screen is self:
            self.dismiss(None)


def keys_of(answer: SizeAnswer) -> str:
    """What the keys do now, on the border of the box."""
    if answer.doing or answer.promise is None:
        return SEARCHING if answer.doing else OVER
    return f"M measures {answer.promise.of} live   {OVER}"


def answer_lines(answer: SizeAnswer, title: str, width: int) -> list[Content]:
    """All that is known, as the command's report has it; what goes on, or why there is nothing, at first."""
    if answer.refusal:
        return [Content.styled(f"✕ {printable(answer.refusal)}", "bold $error")]
    doing = [Content.styled(f"{printable(answer.doing)} …", "$faint")] if answer.doing else []
    if answer.sizing is None:
        return doing
    sections = [
        *search_sections(title, answer.sizing, answer.found, width),
        paragraphs("How sure what is simulated is", [answer.sizing.sure], width),
        [CALIBRATED, *calibrations_table(answer.calibrations, width)],
        paragraphs("Not sized", answer.not_sized, width),
        paragraphs("Not to be measured from here", [answer.not_live] if answer.not_live else [], width),
    ]
    return [*doing, *(Content(printable(line)) for line in blocks(sections))]
