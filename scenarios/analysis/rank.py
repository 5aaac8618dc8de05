"""Where a target stands beside the winner of its run, by the rule of the verdict."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.significance import (
    NO_DIFFERENCE,
    NOT_TOLD_APART,
    REAL_DIFFERENCE,
    Comparison,
    Difference,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import all_served, without_page
from asgi_vs_wsgi.scenarios.analysis.verdict import finds_no_difference
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult


class Place(Enum):
    """What can be said of a target."""

    BEST = auto()
    WORSE = auto()
    WITHOUT_PAGE = auto()
    """It left visitors without one: how quick it was does not matter."""
    NO_DIFFERENCE = auto()
    NOT_TOLD_APART = auto()
    NOT_COMPARED = auto()
    NOT_MEASURED = auto()
    NO_WINNER = auto()
    RACE = auto()
    """After which nobody has won."""


class Rank(NamedTuple):
    """`times`: how many times worse; `missing`: visitors without a page."""

    place: Place
    times: float = 0.0
    missing: int = 0


def rank(result: RunResult, target: TargetResult) -> Rank:
    """Of one of the run's targets."""
    verdict = result.verdict
    if verdict.compared and target.name not in verdict.compared:
        return Rank(Place.NOT_COMPARED)
    winner = next((each for each in result.targets if each.name == verdict.winner), None)
    if winner is None:
        if result.mode == "race":
            return Rank(Place.RACE)
        return Rank(Place.NO_DIFFERENCE if finds_no_difference(verdict) else Place.NO_WINNER)
    return Rank(Place.BEST) if target.name == winner.name else _behind(result, winner, target)


def _behind(result: RunResult, winner: TargetResult, target: TargetResult) -> Rank:
    metric = result.verdict.on
    if missing := without_page(target.requests):
        return Rank(Place.WITHOUT_PAGE, missing=missing)
    times = _times_worse(figure(target, metric), figure(winner, metric), metric)
    if times is None:
        return Rank(Place.NOT_MEASURED)
    if times < 1 / REAL_DIFFERENCE:
        return Rank(Place.NOT_COMPARED)
    told = _difference(result, winner.name, target.name)
    if times < REAL_DIFFERENCE or told in NO_DIFFERENCE:
        return Rank(Place.NO_DIFFERENCE)
    return Rank(Place.NOT_TOLD_APART if told in NOT_TOLD_APART else Place.WORSE, times)


def _difference(result: RunResult, winner: str, other: str) -> Difference | None:
    """None where the rounds do not hold the verdict's figure, as in runs saved before they did."""
    rounds: dict[str, list[float]] = {}
    for each in result.rounds:
        if each.value is not None:
            rounds.setdefault(each.target, []).append(each.value)
    if winner not in rounds or other not in rounds:
        return None
    names = list(rounds)
    quiet = not any(target.machine and target.machine.busy for target in result.targets)
    comparison = Comparison(result.verdict.on, list(rounds.values()), quiet=quiet)
    return comparison.difference(names.index(winner), names.index(other))


def _times_worse(own: float | None, best: float | None, metric: str) -> float | None:
    if not own or not best:
        return None
    return best / own if metric in MORE_IS_BETTER else own / best


def order_of_ends(targets: Sequence[TargetResult]) -> list[tuple[float, str]]:
    """How long each took, who was done first of all before the others; empty where that cannot be said of a race.

    Who did not serve everybody was not done first, and a hundredth more is not later.
    """
    took = sorted((each.makespan_s, each.name) for each in targets if each.makespan_s is not None)
    if len(took) < max(2, len(targets)) or not all(all_served(each.requests) for each in targets):
        return []
    return took if took[-1][0] >= took[0][0] * REAL_DIFFERENCE else []
