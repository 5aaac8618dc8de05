"""Exact figures of a set of times: nearest-rank percentiles on every sample, nothing estimated.

Percentiles of measured samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from asgi_vs_wsgi.scenarios.results import Latency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


Number = TypeVar("Number", int, float)


def nearest_rank(ordered: Sequence[Number], percent: int) -> Number:
    """The smallest of the ascending samples that at least `percent` % of them do not exceed.

    Whole-number arithmetic: 7 % of 100 samples is the 7th, which 0.07 * 100 would miss.
    """
    return ordered[max(0, (percent * len(ordered) + 99) // 100 - 1)]


NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def latency_of(times_ns: Iterable[int]) -> Latency | None:
    """The figures of times in nanoseconds, in milliseconds; None where there is no sample."""
    ordered = sorted(times_ns)
    if not ordered:
        return None
    p50, p75, p90, p95, p99 = (nearest_rank(ordered, percent) / NS_PER_MS for percent in (50, 75, 90, 95, 99))
    mean = sum(ordered) / len(ordered) / NS_PER_MS
    return Latency(ordered[0] / NS_PER_MS, p50, p75, p90, p95, p99, ordered[-1] / NS_PER_MS, mean)
