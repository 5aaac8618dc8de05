"""Who was better, and whether it may be said at all (DESIGN section 5).

A winner needs a measurement, a driver that kept its plan, every one of its own requests answered, a difference
of 1.25 times or more between the best and the worst, and rounds that do not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from scenarios.analysis.unjudged import no_verdict_reason, unserved_words
from scenarios.metric_words import in_words, is_time, metric_words
from scenarios.metrics import MORE_IS_BETTER, figure
from scenarios.result import TargetResult, VerdictResult

REAL_DIFFERENCE = 1.25


class Contender(Struct, frozen=True):
    """One target in the comparison: its median round's figure, those of all rounds, and what speaks against it."""

    name: str
    figure: float
    rounds: list[float]
    lost_requests: int
    """Failed or dropped, over all rounds."""
    taken: float
    """The most that others took of the machine in any round, where that was much; else 0."""


def verdict(metric: str, rounds: Sequence[Sequence[TargetResult]], medians: Sequence[int], mode: str) -> VerdictResult:
    """`rounds[t]` are all rounds of target t, `medians[t]` the index of the one that speaks for it."""
    if refusal := _refusal(rounds, mode):
        return VerdictResult(None, None, metric, refusal)
    contenders = [_contender(metric, of_one, median) for of_one, median in zip(rounds, medians, strict=True)]
    measured = [contender for contender in contenders if contender is not None]
    if len(measured) < len(contenders):
        missing = [of_one[0].name for of_one, known in zip(rounds, contenders, strict=True) if known is None]
        return VerdictResult(
            None, None, metric, f"no verdict: {metric_words(metric)} was not measured on {_and(missing)}"
        )
    unserved = unserved_words(result for of_one in rounds for result in of_one)
    if unserved and not metric.startswith("requests."):
        return VerdictResult(None, None, metric, f"no verdict: most requests were not served: {unserved}")
    return _compare(metric, sorted(measured, key=lambda c: c.figure, reverse=metric in MORE_IS_BETTER))


def _refusal(rounds: Sequence[Sequence[TargetResult]], mode: str) -> str:
    """Why there can be no verdict, whatever the figures."""
    if mode == "race":
        return "no verdict: in a race the targets share the machine, so its numbers are indicative; measure for one"
    if len(rounds) < 2:
        return "no verdict: there is nothing to compare with"
    if unsent := no_verdict_reason(result for of_one in rounds for result in of_one):
        return f"no verdict: {unsent}"
    limited = sorted({result.name for of_one in rounds for result in of_one if result.driver.limited})
    if limited:
        return f"no verdict: the load driver itself was the limit with {_and(limited)}"
    return ""


def _contender(metric: str, rounds: Sequence[TargetResult], median: int) -> Contender | None:
    figures = [value for result in rounds if (value := figure(result, metric)) is not None]
    if len(figures) < len(rounds):
        return None
    lost = sum(result.requests.failed + result.requests.dropped for result in rounds)
    taken = max((result.machine.taken for result in rounds if result.machine and result.machine.busy), default=0.0)
    return Contender(rounds[median].name, figures[median], figures, lost, taken)


def _compare(metric: str, ranked: Sequence[Contender]) -> VerdictResult:
    best, worst = ranked[0], ranked[-1]
    ratio = _ratio(best.figure, worst.figure)
    if best.figure == worst.figure or (ratio is not None and ratio < REAL_DIFFERENCE):
        return VerdictResult(None, ratio, metric, f"no real difference: {_figures(metric, ranked)}")
    if _overlap(best.rounds, worst.rounds):
        return VerdictResult(
            None, ratio, metric, f"no real difference: the rounds overlap ({_figures(metric, ranked)})"
        )
    taken = max(best.taken, worst.taken)
    if taken and is_time(metric) and ratio is not None and ratio * (1 - taken) < REAL_DIFFERENCE:
        others = f"others took up to {taken:.0%} of the machine meanwhile, which may be all the difference"
        return VerdictResult(None, ratio, metric, f"no verdict: {others} ({_figures(metric, ranked)})")
    if best.lost_requests:
        lost = f"{best.name} lost {best.lost_requests} requests, and quick refusals are not speed"
        return VerdictResult(None, ratio, metric, f"no verdict: {lost}")
    return VerdictResult(best.name, ratio, metric, _words(metric, ranked, ratio))


def _ratio(a: float, b: float) -> float | None:
    low, high = sorted((a, b))
    return high / low if low > 0 else None


def _overlap(some: Sequence[float], others: Sequence[float]) -> bool:
    return max(min(some), min(others)) <= min(max(some), max(others))


def _words(metric: str, ranked: Sequence[Contender], ratio: float | None) -> str:
    """Also tells who is as good as the winner: only the best and the worst decide that there is one."""
    best, worst = ranked[0], ranked[-1]
    times = f"{ratio:.3g} times better than" if ratio is not None else "better than"
    words = f"{best.name} is {times} {worst.name}: {_figures(metric, ranked)}"
    equals = [c.name for c in ranked[1:-1] if (_ratio(best.figure, c.figure) or 0) < REAL_DIFFERENCE]
    return f"{words}; {_and(equals)} no real difference from {best.name}" if equals else words


def _figures(metric: str, ranked: Sequence[Contender]) -> str:
    figures = [contender.figure for contender in ranked]
    return ", ".join(f"{contender.name} {in_words(metric, contender.figure, figures)}" for contender in ranked)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))
