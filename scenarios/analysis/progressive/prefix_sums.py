"""Sums over the first visits, for any number of them: a playhead goes both ways."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class PrefixSums:
    """Running totals of vectors, one for each visit that has an entry."""

    def __init__(self, width: int) -> None:
        self._totals: list[list[int]] = [[0] * width]
        self._places: list[int] = []

    def add(self, place: int, values: Sequence[int]) -> None:
        """The visit in `place` (ascending) adds these."""
        self._places.append(place)
        self._totals.append([so_far + more for so_far, more in zip(self._totals[-1], values, strict=True)])

    def count(self, visits: int) -> int:
        """How many of the first `visits` have an entry."""
        return bisect_right(self._places, visits - 1)

    def totals_of_first(self, visits: int) -> list[int]:
        """The totals over the first `visits`."""
        return self._totals[self.count(visits)]
