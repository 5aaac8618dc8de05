"""Words in a box over the screen: help on the focused widget with every key, or a lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from asgi_vs_wsgi.tui.action_text import command_of
from asgi_vs_wsgi.tui.text.inline_markup import render_inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

SIGNS = """\
The same visitor has the same number everywhere. Nothing is made up: every cell comes from an event that a worker \
or the load driver recorded, and the playhead only trails the recording."""


SUSPEND = "Suspend the program; the shell's fg brings it back"


class HelpScreen(ModalScreen[None]):
    """Lies over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,y", "dismiss", "close", key_display="esc"),
    ]

    def __init__(self, words: Content, title: str = "Help") -> None:
        super().__init__()
        self._words = words
        self._title = title

    @classmethod
    def for_screen(cls, screen: Screen[Any]) -> HelpScreen:
        """Help on a screen: the keys of its mode, what has the focus there, and all other keys."""
        mode, own = getattr(screen, "own_commands", ("", frozenset()))
        about = getattr(screen.focused, "HELP", "") if screen.focused else ""
        first = [Content.styled(mode.capitalize(), "bold"), *_keys(screen, own, among=True)] if own else []
        texts = [render_inline(text) for text in (str(about or "").strip(), SIGNS) if text]
        others = [*_keys(screen, own, among=False), _line("ctrl+p", "All commands by name"), _line("ctrl+z", SUSPEND)]
        parts = [Content("\n").join(first), *texts, Content("\n").join(others)]
        return cls(Content("\n\n").join([part for part in parts if part]))

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with VerticalScroll(id="help") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "esc closes"
            yield Static(self._words)


def _keys(screen: Screen[Any], own: frozenset[str], *, among: bool) -> Iterator[Content]:
    """A line for each key whose action is among its mode's own, or is not."""
    for binding in screen.BINDINGS:
        if isinstance(binding, Binding) and (command_of(binding.action) in own) == among:
            yield _line(_sign(binding.key), binding.tooltip)


def _line(key: str, words: str) -> Content:
    return Content.assemble((f"{key:>8}", "bold $footer-key-foreground"), f"  {words}")


SIGN = {
    "0,home": "0",
    "e,end": "e",
    "comma": ",",
    "escape": "esc",
    "full_stop": ".",
    "left": "←",
    "minus": "-",
    "plus,equals_sign": "+",
    "question_mark": "?",
    "right": "→",
}


def _sign(key: str) -> str:
    return SIGN.get(key, key)
