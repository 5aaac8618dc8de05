"""Several rounds of one target: the median one speaks for it, all are reported."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.unserved import without_page
from asgi_vs_wsgi.scenarios.results import LadderPoint, Round, TargetResult
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

P95 = "latency_ms.p95"


def median_round(rounds: Sequence[TargetResult], metric: str = P95) -> int:
    """The index of the round whose figure is the median; of an even number the worse of the two in the middle.

    The better one would flatter a target that was measured twice. A round in which the figure was not measured
    counts as the worst. Where the figure is the same in several rounds, as numbers often are, p95 orders those.
    """
    badness = [(_badness(result, metric), _badness(result, P95)) for result in rounds]
    order = sorted(range(len(rounds)), key=badness.__getitem__)
    return order[len(order) // 2]


def _badness(result: TargetResult, metric: str) -> float:
    value = figure(result, metric)
    if value is None:
        return inf
    return -value if metric in MORE_IS_BETTER else value


def round_of(result: TargetResult, number: int, metric: str) -> Round:
    """One line of `rounds`; `metric` is the figure that the verdict is on."""
    value = figure(result, metric)
    return Round(result.name, number, result.makespan_s, _p95(result), result.requests.completed, value)


def ladder_point(result: TargetResult, visitors: int) -> LadderPoint:
    """One line of `ladder`."""
    latency = result.latency_ms
    return LadderPoint(
        result.name,
        visitors,
        latency.p50 if latency else None,
        latency.p95 if latency else None,
        result.throughput_rps,
        without_page(result.requests),
    )


def _p95(result: TargetResult) -> float | None:
    return result.latency_ms.p95 if result.latency_ms else None
