"""A rank for every server, from all rounds: one is better only by more than chance (`analysis.significant_difference`).

What two servers differ in, said only where their figures differ too: parser, loop, threads, interface, product.
"""

from __future__ import annotations

import statistics
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.significant_difference import Comparison
from asgi_vs_wsgi.scenarios.results import LeftProcess, TargetResult
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure, metric_words
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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


MANY = 2
"""More differences than these explain nothing."""


def sentences(standings: Sequence[Standing], metric: str) -> list[str]:
    """About the spread from first to last, and about pairs of the same product."""
    able = [each for each in standings if each.value]
    comparison = Comparison(metric, [each.rounds for each in able], quiet=False)
    return [*_ends(able, metric, comparison), *_pairs(able, comparison)]


def _ends(able: Sequence[Standing], metric: str, comparison: Comparison) -> Iterator[str]:
    if len(able) < 2 or not comparison.is_better(0, len(able) - 1):
        if len(able) > 1 and able[0].rank == able[-1].rank:
            few = "; one round tells little: measure more" if len(able[0].rounds) == 1 else ""
            yield f"No real difference in {metric_words(metric)} beyond what chance may make{few}."
        return
    first, last = able[0], able[-1]
    times = _ratio(first, last)
    sharing = sum(each.rank == first.rank for each in able) - 1
    shared = f", and {sharing} more with it" if sharing else ""
    behind = f"{times:.1f} × behind in {metric_words(metric)}"
    yield f"{first.server} is first{shared}; {last.server}, the last, is {behind}."
    for name in ("WSGI", "ASGI"):
        of_one = [place for place, each in enumerate(able) if each.interface.upper() == name]
        if len(of_one) > 1 and comparison.is_better(of_one[0], of_one[-1]):
            times = _ratio(able[of_one[0]], able[of_one[-1]])
            yield f"Among {name} servers alone the best and the last are {times:.1f} × apart."


def _pairs(able: Sequence[Standing], comparison: Comparison) -> Iterator[str]:
    """Ranks alone do not tell: the second may be behind a third server, and not behind the first."""
    for (place, one), (behind, other) in combinations(enumerate(able), 2):
        differences = list(_differences(one, other))
        same = server_spec(one.server).product == server_spec(other.server).product
        if same and 0 < len(differences) <= MANY and comparison.is_better(place, behind):
            yield f"{one.server} is {_ratio(one, other):.1f} × better than {other.server}: {', '.join(differences)}."


def _differences(one: Standing, other: Standing) -> Iterator[str]:
    for what, a, b in (
        ("loop", one.loop or "none", other.loop or "none"),
        ("parser", one.http or "its own", other.http or "its own"),
        ("threads", str(one.threads), str(other.threads)),
        ("workers", str(one.workers), str(other.workers)),
        ("interface", one.interface.upper(), other.interface.upper()),
    ):
        if a != b:
            yield f"{what} {a} against {b}"


def _ratio(one: Standing, other: Standing) -> float:
    values = sorted((one.value or 0, other.value or 0))
    return values[1] / values[0] if values[0] else float("inf")
