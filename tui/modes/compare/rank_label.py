"""What the verdict says of one target, in a few words."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.analysis.significance import (
    NO_DIFFERENCE,
    NOT_TOLD_APART,
    REAL_DIFFERENCE,
    Comparison,
    Difference,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import without_page
from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure
from asgi_vs_wsgi.scenarios.text.numbers import thousands
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED

ALIKE = "no real difference"
UNTOLD = "not told apart"


def placing(result: RunResult | None, target: TargetResult) -> str:
    """`✓ best`, `✕ 14.7 times worse`, `= no real difference`; a dash where there is nothing to compare."""
    if result is None:
        return NOT_MEASURED
    verdict = result.verdict
    if verdict.compared and target.name not in verdict.compared:
        return "not compared"
    winner = next((each for each in result.targets if each.name == verdict.winner), None)
    if winner is None:
        if result.mode == "race":
            return "none after a race"
        return f"= {ALIKE}" if verdict.words.startswith(ALIKE) else "none"
    if target.name == winner.name:
        return "✓ best"
    if missing := without_page(target.requests):
        return f"✕ {thousands(missing)} without a page"
    ratio = _times_worse(figure(target, verdict.on), figure(winner, verdict.on), verdict.on)
    if ratio is None:
        return NOT_MEASURED
    if ratio < 1 / REAL_DIFFERENCE:
        return "not compared"
    told = _difference(result, winner.name, target.name)
    if ratio < REAL_DIFFERENCE or told in NO_DIFFERENCE:
        return f"= {ALIKE}"
    return f"= {UNTOLD}" if told in NOT_TOLD_APART else f"✕ {ratio:.3g} times worse"


def _difference(result: RunResult, winner: str, other: str) -> Difference | None:
    """By the rule of the verdict; None where the rounds do not hold its figure, as in runs saved before they did."""
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
