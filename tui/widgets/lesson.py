"""What to watch for, below the panes, in lines that they do not need."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.widgets.put import put

WIDEST = 110
"""As in the style sheet."""
PADDING = 4
SPACE = 1
"""Lines above it."""


class Lesson(Static):
    """Shown whole, or not at all."""

    def __init__(self) -> None:
        super().__init__(id="lesson")
        self._words = Content()

    def teach(self, words: Content) -> None:
        """This, where there will be room for it."""
        self._words = words

    @property
    def taken(self) -> int:
        """The lines that it takes now."""
        return self.outer_size.height if self.display else 0

    def fit(self, spare: int, width: int) -> None:
        """Into so many lines, which count those that it takes now, and columns."""
        width = min(WIDEST, width) - PADDING
        lines = len(self._words.wrap(width)) + SPACE if self._words and width > 0 else 0
        shown = 0 < lines <= spare
        if shown != self.display:
            self.display = shown
        if shown:
            put(self, self._words)
