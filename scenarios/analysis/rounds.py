"""Several rounds of one target: the median one speaks for it, all are reported."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from scenarios.result import LadderPoint, Round, TargetResult


def median_round(rounds: Sequence[TargetResult]) -> int:
    """The index of the round whose p95 is the median; of an even number the lower one.

    A round that nobody completed counts as the slowest.
    """
    figures = [_p95(result) for result in rounds]
    order = sorted(range(len(rounds)), key=lambda index: inf if (p95 := figures[index]) is None else p95)
    return order[(len(order) - 1) // 2]


def round_of(result: TargetResult, number: int) -> Round:
    """One line of `rounds`."""
    return Round(result.name, number, result.makespan_s, _p95(result), result.requests.completed)


def ladder_point(result: TargetResult, visitors: int) -> LadderPoint:
    """One line of `ladder`."""
    latency = result.latency_ms
    return LadderPoint(
        result.name,
        visitors,
        latency.p50 if latency else None,
        latency.p95 if latency else None,
        result.throughput_rps,
    )


def _p95(result: TargetResult) -> float | None:
    return result.latency_ms.p95 if result.latency_ms else None
