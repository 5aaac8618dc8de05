"""Words in a box over the screen: help on the focused widget with every key, or a lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from asgi_vs_wsgi.tui.action_text import command_of
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES, LAST_IN_HELP, MOVES
from asgi_vs_wsgi.tui.text.inline_markup import render_inline
from asgi_vs_wsgi.tui.widgets.filtered_list import Typed, TypedFilter
from asgi_vs_wsgi.tui.widgets.vi_keys import TEXT_MOVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.app import ComposeResult

SIGNS = """\
The same visitor has the same number everywhere. Nothing is made up: every cell comes from an event that a worker \
or the load driver recorded, and the playhead only trails the recording."""


SUSPEND = "Suspend the program; the shell's fg brings it back"
TWICE = "Pressed twice: leave"
WIDEST_KEY = 9
NOWHERE = "No line has that."
CLOSES = "/ finds   esc closes"


class Text(VerticalScroll):
    """Moves as lists do."""

    BINDINGS: ClassVar[list[BindingType]] = [*TEXT_MOVES]

    def action_half_page(self, direction: int) -> None:
        """Half of what is seen."""
        self.scroll_relative(y=direction * max(1, self.size.height // 2), animate=False)


class HelpScreen(ModalScreen[None]):
    """Lies over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,y", "dismiss", "close", key_display="esc"),
        Binding("slash", "filter", "find", tooltip="Show only the lines with what is typed", priority=True),
        *DIGITS_IN_BOXES,
    ]

    def __init__(self, words: Content, title: str = "Help") -> None:
        super().__init__()
        self._words = words
        self._title = title
        self._sought = TypedFilter()

    @classmethod
    def for_screen(cls, screen: Screen[Any]) -> HelpScreen:
        """Help on a screen: the keys of its mode, what has the focus there, and all other keys."""
        mode, own = getattr(screen, "own_commands", ("", frozenset()))
        about = getattr(screen.focused, "HELP", "") if screen.focused else ""
        first = [Content.styled(mode.capitalize(), "bold"), *_keys(screen, own, among=True)] if own else []
        texts = [render_inline(text) for text in (str(about or "").strip(), SIGNS) if text]
        others = [
            *_keys(screen, own, among=False),
            *(_line(keys, words) for keys, words in (MOVES if hasattr(screen, "own_commands") else ())),
            *(_line("ctrl+p", "All commands by name"), _line("ctrl+z", SUSPEND), _line("ctrl+c", TWICE)),
        ]
        parts = [Content("\n").join(first), *texts, Content("\n").join(others)]
        return cls(Content("\n\n").join([part for part in parts if part]))

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Text(id="help") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content(CLOSES)
            yield Static(self._words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While somebody types a slash is a letter."""
        return not (action == "filter" and self._sought.typing)

    def action_filter(self) -> None:
        """Begin to type."""
        self._sought.begin()
        self._show_found()

    def on_key(self, event: events.Key) -> None:
        """Letters are words to find while somebody types."""
        clears = event.key == "escape" and bool(self._sought.text)  # also what was taken: one step back
        done = self._sought.take(event)
        if done is Typed.NOTHING and not clears:
            return
        event.stop()
        event.prevent_default()
        if done is Typed.TAKEN:
            self._sought.typing = False
        elif clears:
            self._sought.end()
        self._show_found()

    def _show_found(self) -> None:
        """The lines with those words, or all of them."""
        box, found = self.query_one(Text), self._sought
        box.border_title = Content(" ".join(filter(None, [self._title, found.shown() or found.text])))
        lines = [line for line in self._words.split("\n", allow_blank=True) if found.finds(line.plain)]
        shown = Content("\n").join(lines) if found.text else self._words
        self.query_one(Static).update(shown or Content.styled(NOWHERE, "$faint"))
        box.scroll_home(animate=False)


def _keys(screen: Screen[Any], own: frozenset[str], *, among: bool) -> Iterator[Content]:
    """A line for each key whose action is among its mode's own, or is not."""
    bindings = [binding for binding in screen.BINDINGS if isinstance(binding, Binding)]
    for binding in sorted(bindings, key=lambda binding: binding.id in LAST_IN_HELP):
        if (command_of(binding.action) in own) == among:
            yield _line(_sign(binding.key), binding.tooltip)


def _line(key: str, words: str) -> Content:
    return Content.assemble((f"{key:>9}", "bold $footer-key-foreground"), f"  {words}")


SIGN = {
    "comma": ",",
    "equals_sign": "=",
    "escape": "esc",
    "full_stop": ".",
    "greater_than_sign": ">",
    "left": "←",
    "less_than_sign": "<",
    "minus": "-",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "plus": "+",
    "question_mark": "?",
    "right": "→",
    "slash": "/",
}


def _sign(keys: str) -> str:
    """The first of several keys of one meaning, and the others as long as there is room."""
    first, *others = [SIGN.get(key, key) for key in keys.split(",")]
    for other in others:
        first = f"{first} {other}" if len(first) + 1 + len(other) <= WIDEST_KEY else first
    return first
