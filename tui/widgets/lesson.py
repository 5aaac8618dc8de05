"""What to watch for, or when that will be told, below the panes, in lines that they do not need."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


def update_if_changed(place: Static, words: Content) -> bool:
    """Show the words, if they are not there already: an update lays out the whole screen anew."""
    if isinstance(place.content, Content) and words.is_same(place.content):
        return False
    place.update(words)
    return True


WIDEST = 110
"""As in the style sheet."""
PADDING = 4
SPACE = 1
"""Lines above it."""


class Lesson(Static):
    """One wording of it is shown whole, or none at all."""

    def __init__(self) -> None:
        super().__init__(id="lesson")
        self._wordings: list[Content] = []

    def teach(self, *wordings: Content) -> None:
        """The first of these for which there will be room."""
        self._wordings = [words for words in wordings if words]

    @property
    def taken(self) -> int:
        """The lines that it takes now."""
        return self.outer_size.height if self.display else 0

    def fit(self, spare: int, width: int) -> None:
        """Into so many lines, which count those that it takes now, and columns."""
        columns = max(1, min(WIDEST, width) - PADDING)
        fitting = [words for words in self._wordings if len(words.wrap(columns)) + SPACE <= spare]
        if bool(fitting) != self.display:
            self.display = bool(fitting)
        if fitting:
            update_if_changed(self, fitting[0])
