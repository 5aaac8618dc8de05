"""Words in a box over the screen: help on the focused widget with every key, or a lesson."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.widgets.prose import marked

SIGNS = """\
The same visitor has the same number everywhere. Nothing is made up: every cell comes from an event that a worker \
or the load driver recorded, and the playhead only trails the recording."""


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
    def of(cls, screen: Screen[Any]) -> HelpScreen:
        """Help on a screen and what has the focus there."""
        about = getattr(screen.focused, "HELP", "") if screen.focused else ""
        parts = [marked(text) for text in (str(about or "").strip(), SIGNS) if text]
        return cls(Content("\n\n").join([*parts, Content("\n").join(_keys(screen))]))

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with VerticalScroll(id="help") as box:
            box.border_title = self._title
            box.border_subtitle = "esc closes"
            yield Static(self._words)


def _keys(screen: Screen[Any]) -> Iterator[Content]:
    for binding in screen.BINDINGS:
        if isinstance(binding, Binding):
            key = _sign(binding.key)
            yield Content.assemble((f"{key:>8}", "bold $footer-key-foreground"), f"  {binding.tooltip}")
    yield Content.assemble((f"{'ctrl+p':>8}", "bold $footer-key-foreground"), "  All commands by name")


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
