"""The bounds of everything a person may ask for, in one place for folders and options."""

from __future__ import annotations

from math import isfinite
from typing import Literal, NamedTuple

Arrivals = Literal["burst", "closed", "constant", "poisson"]


class Limits(NamedTuple):
    """A whole number's smallest and largest allowed value."""

    low: int
    high: int

    def refuse(self, value: int) -> str:
        """Why `value` is refused, or nothing."""
        return "" if self.low <= value <= self.high else f"{value} is out of bounds"

    def __str__(self) -> str:
        return f"{self.low} to {self.high:,}"


REQUESTS = Limits(1, 1_000_000)
CONCURRENCY = Limits(1, 20_000)
WORKERS = Limits(1, 64)
THREADS = Limits(1, 1_024)
ROUNDS = Limits(1, 1_000)
SEED = Limits(0, 2**63 - 1)
PORT = Limits(1, 65_535)
MOST_CODE_BYTES = 256_000
"""Of a scenario.toml or a views.py: to parse and colour ten times as much takes seconds."""
MOST_LESSON_BYTES = 16_000_000
"""Of a lesson, which is kept with every run."""


def is_finite(value: int | float) -> bool:
    """Also for whole numbers that no float can hold."""
    return isinstance(value, int) or isfinite(value)


def refuse_quantity(value: float) -> str:
    """Why `value` is refused where something above 0 and finite is meant (a time, a rate), or nothing."""
    return "" if isfinite(value) and value > 0 else f"{value:g} is not above 0 and finite"
