"""What two servers differ in, said only where their figures differ too: parser, loop, threads, interface, product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from scenarios.analysis.verdict import REAL_DIFFERENCE
from scenarios.metric_words import metric_words
from scenarios.tournament.standings import Standing
from server_targets.servers import product

MANY = 2
"""More differences than these explain nothing."""


def sentences(standings: Sequence[Standing], metric: str) -> list[str]:
    """About the spread from first to last, and about pairs of the same product."""
    able = [each for each in standings if each.value]
    return [*_ends(able, metric), *_pairs(able)]


def _ends(able: Sequence[Standing], metric: str) -> Iterator[str]:
    if len(able) < 2 or able[0].rank == able[-1].rank:
        if len(able) > 1:
            yield f"No real difference in {metric_words(metric)}: the spreads of all overlap."
        return
    first, last = able[0], able[-1]
    times = _ratio(first, last)
    yield f"{first.server} is first; {last.server}, the last, is {times:.1f} × behind in {metric_words(metric)}."
    for name in ("WSGI", "ASGI"):
        of_one = [each for each in able if each.interface.upper() == name]
        if len(of_one) > 1:
            yield f"Among {name} servers alone the best and the last are {_ratio(of_one[0], of_one[-1]):.1f} × apart."


def _pairs(able: Sequence[Standing]) -> Iterator[str]:
    """able is in order, so the first of a pair is the better one."""
    for one, other in combinations(able, 2):
        differences = list(_differences(one, other))
        same = product(one.server).product == product(other.server).product
        if same and one.rank != other.rank and _ratio(one, other) >= REAL_DIFFERENCE and 0 < len(differences) <= MANY:
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
