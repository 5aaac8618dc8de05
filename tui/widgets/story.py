"""The story of the chosen visitor, below the lanes; takes no room while nobody is chosen."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

PADDING = 4
"""Columns at both sides, as in the style sheet."""


class Story(Widget):
    """As many lines as the words need; laid out anew only when that number changes."""

    def __init__(self) -> None:
        super().__init__(id="story")
        self._words = Content()
        self._width = 0
        self._lines = 0

    def tell(self, words: Content, width: int) -> None:
        """Tell this, or nothing, in so many columns."""
        if words.is_same(self._words) and width == self._width:
            return
        self._words, self._width = words, width
        lines = len(words.wrap(max(20, width - PADDING))) if words else 0
        if lines != self._lines:
            self._lines = lines
            self.styles.height = lines
            self.display = lines > 0
        self.refresh()

    def render(self) -> Content:
        """The words, wrapped by Textual."""
        return self._words
