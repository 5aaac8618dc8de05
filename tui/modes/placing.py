"""What the verdict says of one target, in a few words."""

from __future__ import annotations

from scenarios.analysis.verdict import REAL_DIFFERENCE
from scenarios.metrics import MORE_IS_BETTER, figure
from scenarios.result import RunResult, TargetResult
from tui.report_tables import NOT_MEASURED

ALIKE = "no real difference"


def placing(result: RunResult | None, target: TargetResult) -> str:
    """`✓ best`, `✕ 14.7 times worse`, `= no real difference`; a dash where there is nothing to compare."""
    if result is None:
        return NOT_MEASURED
    winner = next((each for each in result.targets if each.name == result.verdict.winner), None)
    if winner is None:
        if result.mode == "race":
            return "none after a race"
        return f"= {ALIKE}" if result.verdict.words.startswith(ALIKE) else "none"
    if target.name == winner.name:
        return "✓ best"
    ratio = _times_worse(figure(target, result.verdict.on), figure(winner, result.verdict.on), result.verdict.on)
    if ratio is None:
        return NOT_MEASURED
    return f"✕ {ratio:.3g} times worse" if ratio >= REAL_DIFFERENCE else f"= {ALIKE}"


def _times_worse(own: float | None, best: float | None, metric: str) -> float | None:
    if not own or not best:
        return None
    return best / own if metric in MORE_IS_BETTER else own / best
