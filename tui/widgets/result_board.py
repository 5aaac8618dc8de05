"""The figures of a finished run, a row for each target, and the verdict; the same numbers as `run --json`."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from scenarios.result import LawResult, RunResult, TargetResult
from tui.columns import fitting
from tui.drawing.words import per_second, seconds
from tui.report_figures import in_seconds, milliseconds

HEADER = ("", "completed", "took", "p50", "p95", "per second", "law", "predicted", "measured", "", "checks")
LEFT = (0, 6, 9)
"""The columns of words."""
SPARE = (3, 5, 8, 7, 9, 6, 10)
"""The columns that are left out where there is no room, in this order."""


class ResultBoard(Widget):
    """Hidden until there is a result."""

    def __init__(self) -> None:
        super().__init__(id="board")
        self._result: RunResult | None = None

    def tell(self, result: RunResult | None) -> None:
        """Show this result, or none."""
        if result is not self._result:
            self._result = result
            self.display = result is not None
            self.refresh(layout=True)

    def render(self) -> Content:
        """The table and the verdict."""
        if self._result is None:
            return Content("")
        rows = [HEADER, *(_row(target) for target in self._result.targets)]
        table = _table(rows, self.size.width)
        words = Content.styled(_verdict(self._result), "bold")
        broken = [Content(line) for line in _broken(self._result)]
        return Content("\n").join([Content.styled(table[0], "$faint"), *map(Content, table[1:]), *broken, words])


def _row(target: TargetResult) -> tuple[str, ...]:
    latency, law = target.latency_ms, target.law
    return (
        target.name,
        f"{target.requests.completed}/{target.requests.planned}",
        in_seconds(target.makespan_s),
        milliseconds(latency.p50 if latency else None),
        milliseconds(latency.p95 if latency else None),
        per_second(target.throughput_rps) if target.throughput_rps is not None else "–",
        *_law(law),
        _checks(target),
    )


def _law(law: LawResult | None) -> tuple[str, str, str, str]:
    if law is None:
        return "–", "", "", ""
    predicted, measured = seconds(law.predicted_makespan_s), seconds(law.measured_makespan_s)
    return law.name, predicted, measured, "holds" if law.holds else "does not hold"


def _checks(target: TargetResult) -> str:
    holding = sum(check.holds for check in target.checks)
    return f"{holding}/{len(target.checks)} hold" if target.checks else "–"


def _broken(result: RunResult) -> list[str]:
    """What a check claims and the run did not bear out, a line each."""
    return [
        f"does not hold: {target.name}: {check.name} ({check.quantity} {check.expected}; "
        f"measured {'–' if check.measured is None else format(check.measured, '.4g')})"
        for target in result.targets
        for check in target.checks
        if not check.holds
    ]


def _verdict(result: RunResult) -> str:
    rounds = max((one.round for one in result.rounds), default=1)
    return result.verdict.words + (f" (median of {rounds} rounds)" if rounds > 1 else "")


def _table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """As many columns as there is room for; one that says nothing of any target is left out."""
    told = [place for place in range(len(HEADER)) if any(row[place] not in ("", "–") for row in rows[1:])]
    spare = [told.index(place) for place in SPARE if place in told]
    left = {told.index(place) for place in LEFT if place in told}
    return fitting([[row[place] for place in told] for row in rows], width, spare, left, gap="  ")
