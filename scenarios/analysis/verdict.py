"""Who was better, and whether it may be said at all.

A winner needs a measurement, a driver that kept its plan, every one of its own requests answered, and a difference
between the best and the worst that is real (`asgi_vs_wsgi.scenarios.analysis.significant_difference`).

Which answer a run makes right to the question that is asked before it (`[predict]` of a scenario), if any.

Answers are texts of the folder, with its numbers: of a run with others they may not be true.

Where a target stands beside the winner of its run, by the rule of the verdict.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from asgi_vs_wsgi.scenarios.analysis.significant_difference import (
    NO_DIFFERENCE,
    NOT_TOLD_APART,
    REAL_DIFFERENCE,
    Comparison,
    Difference,
    KnownSpread,
    known_spread,
    ratio,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import (
    all_served,
    mostly_unserved_words,
    no_verdict_reason,
    no_winner_words,
    sent_late_words,
    without_page,
)
from asgi_vs_wsgi.scenarios.assertions.claims import is_time
from asgi_vs_wsgi.scenarios.results import TargetResult, VerdictResult, share_taken
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure, in_words, metric_words
from asgi_vs_wsgi.scenarios.wording import listed, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Load, Predict, ScenarioToml, Target
    from asgi_vs_wsgi.scenarios.results import CheckResult, LawResult, LoadResult, RunResult


ROUNDS_TO_MEASURE = 5
"""That are offered where one was too few."""
NO_REAL_DIFFERENCE = "no real difference"
NO_WINNER = "no winner is named"
ONE_ROUND_TELLS_NONE = "no verdict from one round"


class Contender(Struct, frozen=True):
    """One target in the comparison: its median round's figure, those of all rounds, and what speaks against it."""

    name: str
    figure: float
    rounds: list[float]
    lost: str
    """Of visitors who got no page, in words; "" where all were served in every round."""
    taken: float
    """The most that others took of the machine in any round, where that was much; else 0."""


def verdict(metric: str, rounds: Sequence[Sequence[TargetResult]], medians: Sequence[int], mode: str) -> VerdictResult:
    """`rounds[t]` are all rounds of target t, `medians[t]` the index of the one that speaks for it."""
    if refusal := _refusal(metric, rounds, mode):
        return VerdictResult(None, None, metric, refusal)
    contenders = [_contender(metric, of_one, median) for of_one, median in zip(rounds, medians, strict=True)]
    measured = [contender for contender in contenders if contender is not None]
    if len(measured) < len(contenders):
        missing = [of_one[0].name for of_one, known in zip(rounds, contenders, strict=True) if known is None]
        return VerdictResult(
            None, None, metric, f"no verdict: {metric_words(metric)} was not measured on {listed(map(named, missing))}"
        )
    return _compare(metric, sorted(measured, key=lambda c: c.figure, reverse=metric in MORE_IS_BETTER))


def finds_no_difference(found: VerdictResult) -> bool:
    """Whether nobody wins for that reason, and not because nothing can be told: a saved verdict has words alone."""
    return found.winner is None and found.words.startswith(NO_REAL_DIFFERENCE)


def _refusal(metric: str, rounds: Sequence[Sequence[TargetResult]], mode: str) -> str:
    """Why there can be no verdict, whatever the figures."""
    if mode == "race":
        return f"{NO_WINNER}: all ran at once and shared the machine; measured one after another they are judged"
    if len(rounds) < 2:
        return "no verdict: there is nothing to compare with"
    if unsent := no_verdict_reason(result for of_one in rounds for result in of_one):
        return f"no verdict: {unsent}"
    unserved = mostly_unserved_words(result for of_one in rounds for result in of_one)
    if unserved and not metric.startswith("requests."):
        return f"no verdict: most requests were not served: {unserved}"
    late: dict[str, str] = {}
    for result in (result for of_one in rounds for result in of_one):
        if words := sent_late_words(result):
            late.setdefault(result.name, words)
    if late:
        return "no verdict: " + "; ".join(f"{named(name)}: {words}" for name, words in sorted(late.items()))
    return ""


def _contender(metric: str, rounds: Sequence[TargetResult], median: int) -> Contender | None:
    figures = [value for result in rounds if (value := figure(result, metric)) is not None]
    if len(figures) < len(rounds):
        return None
    taken = max((share_taken(result.machine) for result in rounds), default=0.0)
    return Contender(rounds[median].name, figures[median], figures, no_winner_words(rounds), taken)


def _compare(metric: str, ranked: Sequence[Contender]) -> VerdictResult:
    best, worst = ranked[0], ranked[-1]
    times = ratio(best.figure, worst.figure)
    quiet = not any(contender.taken for contender in ranked)
    comparison = Comparison(metric, [contender.rounds for contender in ranked], quiet=quiet)
    difference = comparison.difference(0, len(ranked) - 1)
    refusal = _no_difference(metric, ranked, difference)
    taken = max(best.taken, worst.taken)
    if not refusal and taken and is_time(metric) and times is not None and times * (1 - taken) < REAL_DIFFERENCE:
        others = f"others took up to {taken:.0%} of the machine meanwhile, which may be all the difference"
        refusal = f"no verdict: {others} ({_figures(metric, ranked)})"
    if not refusal and best.lost:
        refusal = f"no verdict: {named(best.name)}: {best.lost}"
    if refusal := refusal or _chance(metric, ranked, difference, known_spread(metric, quiet=quiet)):
        return VerdictResult(None, times, metric, refusal)
    return VerdictResult(best.name, times, metric, _words(metric, ranked, comparison))


def _no_difference(metric: str, ranked: Sequence[Contender], difference: Difference) -> str:
    if difference is Difference.SMALL:
        return f"{NO_REAL_DIFFERENCE}: {_figures(metric, ranked)}"
    if difference is Difference.OVERLAP:
        return f"{NO_REAL_DIFFERENCE}: the rounds overlap ({_figures(metric, ranked)})"
    return ""


def _chance(metric: str, ranked: Sequence[Contender], difference: Difference, known: KnownSpread) -> str:
    """Why a difference that was seen is none that may be told; empty where it may."""
    figures, rounds = _figures(metric, ranked), len(ranked[0].rounds)
    if difference is Difference.CHANCE:
        return f"{NO_REAL_DIFFERENCE}: in {rounds} rounds equal targets may differ as much by chance ({figures})"
    if difference is Difference.ONE_ROUND:
        seen = f"rounds of one target may differ by {known.words}"
        return f"{ONE_ROUND_TELLS_NONE}: {seen} ({figures}); measure {ROUNDS_TO_MEASURE} rounds"
    return ""


def _words(metric: str, ranked: Sequence[Contender], comparison: Comparison) -> str:
    """Also tells who is not told apart from the winner: only the best and the worst decide that there is one."""
    best, worst = ranked[0], ranked[-1]
    times = ratio(best.figure, worst.figure)
    better = f"{_number(times)} times better than" if times is not None else "better than"
    parts = [f"{named(best.name)} is {better} {named(worst.name)}: {_figures(metric, ranked)}"]
    inner = {contender.name: comparison.difference(0, place) for place, contender in enumerate(ranked[1:-1], 1)}
    for words, kinds in ((NO_REAL_DIFFERENCE, NO_DIFFERENCE), ("not told apart", NOT_TOLD_APART)):
        if names := [name for name, difference in inner.items() if difference in kinds]:
            parts.append(f"{listed(map(named, names))} {words} from {named(best.name)}")
    if len(best.rounds) == 1:
        parts.append("one round, but beyond any spread seen")
    return "; ".join(parts)


def _number(times: float) -> str:
    return f"{times:,.0f}" if times >= 1000 else f"{times:.3g}"


def _figures(metric: str, ranked: Sequence[Contender]) -> str:
    return ", ".join(f"{named(contender.name)} {in_words(metric, contender.figure)}" for contender in ranked)


def right_answer(question: Predict, toml: ScenarioToml, result: RunResult | None) -> int | None:
    """None before the run has told, and where it did not do as the lesson says."""
    if result is None or not ran_as_written(toml, result) or not all(map(_as_expected, result.targets)):
        return None
    return question.right


def untold_reason(result: RunResult) -> str:
    """Why a law or check of the run cannot be told to hold; empty where none is like that, or another does not hold."""
    findings: list[LawResult | CheckResult] = [target.law for target in result.targets if target.law]
    findings += [check for target in result.targets for check in target.checks]
    if any(finding.holds is False for finding in findings):
        return ""
    return next((finding.reason or "not known why" for finding in findings if finding.holds is None), "")


def ran_as_written(toml: ScenarioToml, result: RunResult) -> bool:
    """Whether the run had the parameters, the load and the targets that the scenario's texts speak of."""
    return has_settings(toml, dict(result.parameters), result.load, result.targets)


def runs_as_written(toml: ScenarioToml, to_run: ScenarioToml) -> bool:
    """The same of a run that is not over, by what it is run with."""
    parameters = {name: each.default for name, each in to_run.parameters.items()}
    return has_settings(toml, parameters, to_run.load, to_run.targets)


def has_settings(
    toml: ScenarioToml,
    parameters: dict[str, Any],
    load: Load | LoadResult,
    targets: Sequence[Target | TargetResult] = (),
) -> bool:
    """Whether these are the scenario's own: parameters, load, and the sizes of these targets."""
    as_run = (load.arrivals, load.requests, load.concurrency, load.rate, load.duration_s)
    meant = (toml.load.arrivals, toml.load.requests, toml.load.concurrency, toml.load.rate, toml.load.duration_s)
    sizes = {target.name: (target.server, target.workers, target.threads) for target in toml.targets}
    return (
        parameters == {name: each.default for name, each in toml.parameters.items()}
        and as_run == meant
        and all(sizes.get(each.name) == (each.server, each.workers, each.threads) for each in targets)
    )


def _as_expected(target: TargetResult) -> bool:
    as_told = (target.law is None or target.law.holds is True) and all(check.holds is True for check in target.checks)
    return as_told and not target.driver.limited


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


def lateness_may_decide(targets: Sequence[TargetResult]) -> bool:
    """Whether it may be the load driver's doing that one target was done before another.

    It is not where the last is still the last when what its visitors were sent late is taken off: had those of the
    first come in time, they would have been served no later. Twice the p99 of the lateness: the latest of all may be
    later than that. A driver that could not send any faster tells nothing.
    """
    late = [each for each in targets if each.driver.limited]
    took = order_of_ends(targets)
    if not late or not took or any(each.driver.took_its_core for each in late):
        return bool(late)
    (first_s, _), (last_s, last) = took[0], took[-1]
    lag_ms = next((each.driver.lag_p99_ms for each in late if each.name == last), 0.0)
    return lag_ms is None or last_s - 2 * lag_ms / 1000 < first_s * REAL_DIFFERENCE
