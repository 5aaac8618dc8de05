"""Words on the stage instead of lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.containers import VerticalScroll
from textual.widgets import Static

from asgi_vs_wsgi.tui.widgets.lesson import update_if_changed

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content


class Words(Static):
    """What a click acts on keeps the colour that says what it is; the mouse over it is answered all the same."""

    @property
    def link_style(self) -> Style:
        """Nothing of its own."""
        return Style.null()


class Note(VerticalScroll):
    """Words that may be longer than the room."""

    HELP = "Up and down scroll the text."

    def compose(self) -> ComposeResult:
        """One text."""
        yield Words(id="words")

    def __init__(self) -> None:
        super().__init__(id="note")
        self._subject = ""

    def say(self, words: Content, subject: str, *, broad: bool) -> None:
        """From their beginning, unless they go on about the same; `broad` words have been broken into lines."""
        self.set_class(broad, "-broad")
        if update_if_changed(self.query_one("#words", Static), words) and subject != self._subject:
            self.scroll_home(animate=False)
        self._subject = subject
