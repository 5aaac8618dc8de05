"""Whose bars are marked."""

from __future__ import annotations


class Selection:
    """The visitor that somebody has chosen, by number; 0 for nobody. All rows of a target share one."""

    def __init__(self) -> None:
        self.marked = 0
        """Whose bars are marked: the same visitor's on every target."""
        self.number = 0
        """The same, on the target that the story is about; 0 on the others."""
