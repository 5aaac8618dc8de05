"""How far a run had come when it was stopped: what is kept of it, and what is missing."""

from __future__ import annotations

from msgspec import Struct


class Served(Struct, frozen=True):
    """How many of one target's visitors had their answer."""

    target: str
    served: int
    planned: int


class Stopped(Struct, frozen=True):
    """Figures are of whole rounds only; where there is none, the round that was being recorded is kept, unfinished."""

    rounds: int
    """Whole ones."""
    of_rounds: int
    steps: int = 0
    """Of the ladder, by target."""
    of_steps: int = 0
    at_ns: int = 0
    """When, on the recording's own clock (`time.monotonic_ns`)."""
    visitors: list[Served] = []
    """Of the unfinished round, where that is what is kept."""
