"""The story of the chosen visitor, below the lanes; takes no room while nobody is chosen."""

from __future__ import annotations

from collections.abc import Sequence

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

    def tell(self, wordings: Sequence[Content], width: int, most: int) -> None:
        """Tell the first of these that takes at most so many lines, else the last, in so many columns."""
        words = next((each for each in wordings if _lines(each, width) <= most), wordings[-1])
        if words.is_same(self._words) and width == self._width:
            return
        self._words, self._width = words, width
        lines = _lines(words, width)
        if lines != self._lines:
            self._lines = lines
            self.styles.height = lines
            self.display = lines > 0
        self.refresh()

    def render(self) -> Content:
        """The words, wrapped by Textual."""
        return self._words


def _lines(words: Content, width: int) -> int:
    return len(words.wrap(max(20, width - PADDING))) if words else 0
