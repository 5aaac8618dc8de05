"""A target's figures in each round and at each step of the ladder."""

from __future__ import annotations

from msgspec import Struct


class Round(Struct, frozen=True):
    """One target in one round."""

    target: str
    round: int
    makespan_s: float | None
    p95_ms: float | None
    completed: int
    value: float | None = None
    """The figure that the verdict is on."""


class LadderPoint(Struct, frozen=True):
    """One target with one number of visitors."""

    target: str
    visitors: int
    p50_ms: float | None
    p95_ms: float | None
    throughput_rps: float | None
    without_page: int = 0
    """How many of these visitors had none: the times are not theirs, or count answers that are no page."""
