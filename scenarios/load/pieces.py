"""When the pieces of an answer's body came, for those that came in more than one; bounded, however many there are.

A piece is what was there to be read at once. What fills the buffer and goes on at the next read is one piece.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_OF_ONE: Final = 48
"""Times that are kept of one answer: those of its first pieces. The others are counted."""
MOST_IN_ALL: Final = 1_000_000
"""Times that are kept of one drive."""


class AnswerPieces:
    """Of all visits of one drive, by their rows."""

    __slots__ = ("_counts", "_kept", "_times_ns", "log")

    def __init__(self) -> None:
        self.log = array("I")
        """The rows in the order in which there was news of them: only grows, for those who follow a drive."""
        self._counts: dict[int, int] = {}
        self._times_ns: dict[int, array[int]] = {}
        self._kept = 0

    def add(self, row: int, first_ns: int, now_ns: int) -> None:
        """One more piece of a body whose first one came at `first_ns`."""
        times_ns = self._times_ns.get(row)
        if times_ns is None:
            times_ns = self._times_ns[row] = array("q", (first_ns,))
            self._counts[row] = 1
            self._kept += 1
        self._counts[row] += 1
        if len(times_ns) < MOST_OF_ONE and self._kept < MOST_IN_ALL:
            times_ns.append(now_ns)
            self._kept += 1
            self.log.append(row)

    def put(self, row: int, count: int, times_ns: Sequence[int]) -> None:
        """What another process, or a file, tells of one answer."""
        self._counts[row] = count
        self._times_ns[row] = array("q", times_ns)
        self.log.append(row)

    def rows(self) -> Collection[int]:
        """Of those whose bodies came in more than one piece."""
        return self._counts.keys()

    def count(self, row: int) -> int:
        """In how many pieces the answer came; one that was there at once is one piece."""
        return self._counts.get(row, 1)

    def times_ns(self, row: int) -> Sequence[int]:
        """When its first pieces came, where there was more than one."""
        return self._times_ns.get(row, ())
