"""What two servers differ in, said only where their figures differ too: parser, loop, threads, interface, product."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.significance import Comparison
from asgi_vs_wsgi.scenarios.results.metric_labels import metric_words
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.tournament.standings import Standing

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
