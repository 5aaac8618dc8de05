"""The figures of a finished run, a row for each target, and the verdict; the same numbers as `run --json`."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from scenarios.result import LawResult, RunResult, TargetResult
from tui.drawing.words import per_second, seconds
from tui.report_figures import in_seconds, milliseconds

HEADER = ("", "completed", "took", "p50", "p95", "per second", "law", "predicted", "measured", "", "checks")
NEEDED = (0, 1, 2, 4)
"""The columns that are never left out; the others from the right."""
_DROP_ORDER = (3, 5, 8, 7, 9, 6, 10)


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
        return Content("\n").join([table[0].stylize("$faint"), *table[1:], *broken, words])


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


def _table(rows: Sequence[Sequence[str]], width: int) -> list[Content]:
    """Names to the left, figures to the right, as many columns as there is room for."""
    columns = [place for place in range(len(HEADER)) if any(row[place] not in ("", "–") for row in rows[1:])]
    spare = [place for place in _DROP_ORDER if place in columns]
    while spare and _width(rows, columns) > width:
        columns.remove(spare.pop(0))
    return [Content("  ".join(_cell(rows, row, place) for place in columns).rstrip()) for row in rows]


def _width(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> int:
    return sum(_column_width(rows, place) + 2 for place in columns) - 2


def _column_width(rows: Sequence[Sequence[str]], place: int) -> int:
    return max(len(row[place]) for row in rows)


def _cell(rows: Sequence[Sequence[str]], row: Sequence[str], place: int) -> str:
    width = _column_width(rows, place)
    return f"{row[place]:<{width}}" if place in (0, 6, 9) else f"{row[place]:>{width}}"
