"""A rank for every server, from all rounds: one is better only by more than chance (`analysis.significance`)."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.significance import Comparison
from asgi_vs_wsgi.scenarios.results import LeftProcess, TargetResult
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "asgi-vs-wsgi-tui/tournament/1"


class Standing(Struct, frozen=True):
    """One server product. Figures are medians of its rounds, None where nothing could be ranked."""

    rank: int | None
    """1 + the number of servers that are better by more than chance; those that are not told apart share a rank."""
    server: str
    label: str
    interface: str
    version: str
    loop: str | None
    http: str | None
    workers: int
    threads: int
    value: float | None
    """Of the metric; `low` and `high` are the least and the greatest of the rounds."""
    low: float | None
    high: float | None
    rounds: list[float]
    p95_ms: float | None
    throughput_rps: float | None
    max_per_worker: int | None
    failed: int
    trouble: str
    """Why it has no rank; empty where it has."""
    view: str = ""
    """That it ran; "" in tournaments that were kept before it was told."""
    left_processes: list[LeftProcess] | None = None
    """What its views had started and left running, in all rounds. None where a round could not tell."""


class Missing(Struct, frozen=True):
    """A server that did not take part."""

    server: str
    reason: str


class Tournament(Struct, frozen=True):
    """The whole ranking, best first; while it goes on, of the rounds so far."""

    schema: str
    scenario: str
    parameters: dict[str, int | float]
    environment: dict[str, Any]
    metric: str
    rounds: int
    standings: list[Standing]
    missing: list[Missing]
    words: list[str]
    """What differs, as sentences that the figures bear out."""
    planned: int = 0
    """Measurements of all servers in all rounds; more than at first where rounds were found to be short."""


def standing(results: Sequence[TargetResult], metric: str, trouble: str = "") -> Standing:
    """One server's rounds, not ranked yet; at least one."""
    last = results[-1]
    values = [value for result in results if (value := figure(result, metric)) is not None]
    failed = sum(result.requests.failed + result.requests.dropped for result in results)
    if not trouble and failed:
        trouble = f"{failed} requests failed"
    if not trouble and len(values) < len(results):
        where = f" in {len(results) - len(values)} of {len(results)} rounds" if values else ""
        trouble = f"{metric} was not measured{where}"
    ranked = values if not trouble else []
    return Standing(
        rank=None,
        server=last.server,
        label=last.label,
        interface=last.interface,
        version=last.version,
        loop=last.loop,
        http=last.http,
        workers=last.workers,
        threads=last.threads,
        value=statistics.median(ranked) if ranked else None,
        low=min(ranked, default=None),
        high=max(ranked, default=None),
        rounds=values,
        p95_ms=_median([result.latency_ms.p95 for result in results if result.latency_ms]),
        throughput_rps=_median([result.throughput_rps for result in results if result.throughput_rps]),
        max_per_worker=max((result.in_flight.max_per_worker for result in results if result.in_flight), default=None),
        failed=failed,
        trouble=trouble,
        view=last.view,
        left_processes=_left(results),
    )


def _left(results: Sequence[TargetResult]) -> list[LeftProcess] | None:
    count: Counter[str] = Counter()
    for result in results:
        if result.left_processes is None:
            return None
        count.update({each.command: each.count for each in result.left_processes})
    return [LeftProcess(*each) for each in count.most_common()]


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def ranked(standings: Sequence[Standing], metric: str) -> list[Standing]:
    """Best first, with ranks; those in trouble come last, without one."""
    sign = -1 if metric in MORE_IS_BETTER else 1
    able = sorted((each for each in standings if each.value is not None), key=lambda each: sign * (each.value or 0))
    unable = [each for each in standings if each.value is None]
    # What others took of the machine is not kept of a tournament, and a machine that was not watched was not quiet.
    comparison = Comparison(metric, [each.rounds for each in able], quiet=False)
    places = range(len(able))
    placed = [
        replace(each, rank=1 + sum(comparison.is_better(other, place) for other in places))
        for place, each in enumerate(able)
    ]
    return sorted(placed, key=lambda each: each.rank or 0) + unable
