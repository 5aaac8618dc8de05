"""Words on the stage instead of lanes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.widgets.put import put


class Note(VerticalScroll):
    """Words that may be longer than the room."""

    HELP = "Up and down scroll the text."

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="words")

    def __init__(self) -> None:
        super().__init__(id="note")
        self._subject = ""

    def say(self, words: Content, subject: str, *, broad: bool) -> None:
        """From their beginning, unless they go on about the same; `broad` words have been broken into lines."""
        self.set_class(broad, "-broad")
        if put(self.query_one("#words", Static), words) and subject != self._subject:
            self.scroll_home(animate=False)
        self._subject = subject
