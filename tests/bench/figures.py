"""One figure of a benchmark: a ratio against a peer in the same run, and what it should reach."""

from __future__ import annotations

from msgspec import Struct


class Figure(Struct, frozen=True):
    """A measured ratio; `reach` is the least that will do (or the most, where `at_most`)."""

    name: str
    measured: float
    reach: float
    what: str
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether it will do."""
        return self.measured <= self.reach if self.at_most else self.measured >= self.reach
