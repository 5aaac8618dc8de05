"""Whose bars are marked."""

from __future__ import annotations


class Chosen:
    """The visitor whose bars are marked, by number; 0 for nobody. All rows of a target share one."""

    def __init__(self) -> None:
        self.number = 0
