"""What was expected beside what was measured."""

from __future__ import annotations

from msgspec import Struct


class LawResult(Struct, frozen=True):
    """A law's prediction beside what was measured, with all that is needed to recompute it."""

    name: str
    predicted_makespan_s: float
    measured_makespan_s: float
    service_s: float
    cpu_s: float | None
    busiest: int | None
    holds: bool | None
    """None: it cannot be told."""
    cores: float | None = None
    """That it predicts from: the machine's, less what other programs took where that was much."""
    reason: str | None = None
    """Why it cannot be told."""


class CheckResult(Struct, frozen=True):
    """A claim about one quantity of the result."""

    name: str
    quantity: str
    expected: str
    measured: float | None
    holds: bool | None
    """None: it cannot be told."""
    reason: str | None = None
    """Why it cannot be told."""


class VerdictResult(Struct, frozen=True):
    """Who was better, by how much, on what; `winner` is None where there is no real difference or no verdict."""

    winner: str | None
    ratio: float | None
    on: str
    words: str
    compared: list[str] = []
    """The targets that it is about, where it is not about all."""
