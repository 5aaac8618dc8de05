"""The figures of a finished run, a row for each target, and the verdict; the same numbers as `run --json`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from textual.content import Content
from textual.widget import Widget

from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words, with_page
from asgi_vs_wsgi.scenarios.assertions.claim_words import check_words
from asgi_vs_wsgi.scenarios.results.metrics import is_sampled, metric_words
from asgi_vs_wsgi.scenarios.wording import named, per_second, seconds
from asgi_vs_wsgi.tui.report.figures import (
    MEASURE_INSTEAD,
    NO_FIRST_ONE,
    NO_VERDICT_OF_RACES,
    NO_WINNER_OF_RACES,
    figure_words,
    heading,
    in_seconds,
    milliseconds,
    seen_in_race,
)
from asgi_vs_wsgi.tui.report.findings import connection_lines, failure_lines, kept_places_lines, left_process_lines
from asgi_vs_wsgi.tui.text.columns import fitting
from asgi_vs_wsgi.tui.text.text_width import short_name

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import LawResult, RunResult, TargetResult

Explain = Callable[["RunResult"], Sequence[Content]]
"""Why a result is as it is, the fullest wording first."""
HEADER = ("", "served", "makespan", "p50", "p95", "", "throughput", "law", "predicted", "measured", "", "checks")
METRIC = 5
"""The column of the figure that the verdict is on."""
IN_COLUMNS = ("makespan_s", "latency_ms.p50", "latency_ms.p95", "throughput_rps", "requests.completed")
"""The figures that have a column of their own."""
UNTOLD = "cannot be told"
"""Of a law, and the line below says why."""
LEFT = (0, 7, 10)
"""The columns of words."""
PLAIN = "latency_ms.p95"
"""What a verdict is about where nothing else is said."""
SHORTEST_NAME = 16
"""Columns that a name has at least: a longer one leaves room for its figures."""
MORE = "  key 3: figures"
SAMPLED = "the most that was seen by looking now and then"
SPARE = (3, 6, 9, 8, 10, 7, 11)
"""The columns that are left out where there is no room, in this order."""


class ResultsTable(Widget):
    """Hidden until there is a result."""

    def __init__(self) -> None:
        super().__init__(id="board")
        self._result: RunResult | None = None
        self._why: Sequence[Content] = ()
        self._shown = Content()

    def tell(
        self, result: RunResult | None, explain: Explain, *, room: int, width: int, may_measure: bool = True
    ) -> None:
        """Show this result, or none, and why it came out so, which comes first where there is little room."""
        if result is not self._result:
            self._result, self._why = result, explain(result) if result is not None else ()
        shown = Content()
        if result is not None:
            shown = fitting_words(result, self._why, room, width, may_measure=may_measure)
        if not shown.is_same(self._shown):
            self._shown = shown
            self.display = result is not None
            self.refresh(layout=True)

    @property
    def link_style(self) -> Style:
        """What a click acts on keeps the colour that says so."""
        return Style.null()

    def render(self) -> Content:
        """The table, the verdict, and why."""
        return self._shown


def fitting_words(
    result: RunResult, why: Sequence[Content], room: int, width: int, *, may_measure: bool = True
) -> Content:
    """The fullest of what can be said that has no more than `room` lines; the shortest where none has.

    The table gives way before the reasons do: mode 3 has its figures. `may_measure`: whether that key does something.
    """
    table, brief = (each(result, width, may_measure=may_measure) for each in (whole, _brief))
    wordings = [*(joined(table, each) for each in why), table] if not why else [joined(table, each) for each in why]
    wordings += [*(joined(brief, each) for each in why), why[-1]] if why else [brief]
    return next((words for words in wordings if _lines(words, width) <= room), wordings[-1])


def joined(*parts: Content) -> Content:
    """One below the other."""
    return Content("\n").join(parts)


def _lines(words: Content, width: int) -> int:
    return len(words.wrap(max(1, width)))


def whole(result: RunResult, width: int, *, may_measure: bool = True) -> Content:
    """The table, what does not hold, and the verdict."""
    metric = result.verdict.on
    table = _table([_header(metric), *(_row(target, result, width) for target in result.targets)], width)
    words = _last_words(result, may_measure=may_measure)
    broken = [Content(line) for line in _broken(result)]
    left = [Content(line) for line in (*failure_lines(result), *connection_lines(result), *left_process_lines(result))]
    seen = [Content.styled(f"{heading(metric)}: {SAMPLED}", "$faint")] if is_sampled(metric) else []
    lines = [Content.styled(table[0], "$faint"), *map(Content, table[1:]), *seen, *broken, *left, words]
    return Content("\n").join(lines)


def _brief(result: RunResult, width: int, *, may_measure: bool) -> Content:
    """Why requests failed, the first thing that does not hold, or the verdict, in one line; mode 3 has the figures."""
    if reason := next(failure_lines(result), ""):
        return Content.styled(reason, "bold").truncate(width, ellipsis=True)
    broken = [Content.styled(line, "bold") for line in _broken(result)]
    words = next(iter(broken), _last_words(result, may_measure=may_measure))
    return words.truncate(width - len(MORE), ellipsis=True) + Content.styled(MORE, "$faint")


def _header(metric: str) -> tuple[str, ...]:
    return (*HEADER[:METRIC], heading(metric), *HEADER[METRIC + 1 :])


def _row(target: TargetResult, result: RunResult, width: int) -> tuple[str, ...]:
    latency, law, metric = target.latency_ms, target.law, result.verdict.on
    return (
        short_name(target.name, [each.name for each in result.targets], max(SHORTEST_NAME, width // 3)),
        f"{with_page(target.requests)}/{target.requests.planned}",
        in_seconds(target.makespan_s),
        milliseconds(latency.p50 if latency else None),
        milliseconds(latency.p95 if latency else None),
        "" if metric in IN_COLUMNS else figure_words(target, metric),
        per_second(target.throughput_rps) if target.throughput_rps is not None else "–",
        *_law(law),
        _checks(target),
    )


def _law(law: LawResult | None) -> tuple[str, str, str, str]:
    if law is None:
        return "–", "", "", ""
    predicted, measured = seconds(law.predicted_makespan_s), seconds(law.measured_makespan_s)
    return law.name, predicted, measured, {True: "holds", False: "does not hold", None: UNTOLD}[law.holds]


def _checks(target: TargetResult) -> str:
    holding = sum(check.holds is True for check in target.checks)
    untold = sum(check.holds is None for check in target.checks)
    told = f"{holding}/{len(target.checks)} hold" + (f", {untold} cannot be told" if untold else "")
    return told if target.checks else "–"


def _broken(result: RunResult) -> list[str]:
    """Who had no page, where the verdict does not tell it, why a law cannot be told, and what checks did not hold."""
    missing = [(named(target.name), unserved_words(target)) for target in result.targets]
    unserved = [f"{name}: {words}" for name, words in missing if words and words not in result.verdict.words]
    untold = [
        f"{UNTOLD}: {named(target.name)}: {target.law.name}{f' ({target.law.reason})' if target.law.reason else ''}"
        for target in result.targets
        if target.law and target.law.holds is None
    ]
    return (
        unserved
        + [*kept_places_lines(result)]
        + untold
        + [
            f"does not hold: {named(target.name)}: {check.name} ({check_words(check, target.name, result)})"
            for target in result.targets
            for check in target.checks
            if check.holds is False
        ]
    )


def _last_words(result: RunResult, *, may_measure: bool) -> Content:
    """The verdict; of a race first what was seen, and then, not bold, why that is no verdict."""
    seen = seen_in_race(result, IN_COLUMNS)
    verdict = NO_VERDICT_OF_RACES if seen else _verdict(result)  # what was seen has the name of the figure
    if not may_measure:  # a saved run may be of a scenario that is not here any more
        verdict = verdict.removesuffix(f"; {MEASURE_INSTEAD}")
    return Content.assemble((seen, "bold"), f" · {verdict}") if seen else Content.styled(verdict, "bold")


def _verdict(result: RunResult) -> str:
    rounds = max((one.round for one in result.rounds), default=1)
    on = "" if result.verdict.on == PLAIN else f"{metric_words(result.verdict.on)}: "
    if result.mode == "race":
        return on + (NO_FIRST_ONE if any(each.driver.limited for each in result.targets) else NO_WINNER_OF_RACES)
    return on + result.verdict.words + (f" (median of {rounds} rounds)" if rounds > 1 else "")


def _table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """As many columns as there is room for; one that says nothing of any target is left out."""
    told = [place for place in range(len(HEADER)) if any(row[place] not in ("", "–") for row in rows[1:])]
    spare = [told.index(place) for place in SPARE if place in told]
    left = {told.index(place) for place in LEFT if place in told}
    return fitting([[row[place] for place in told] for row in rows], width, spare, left, gap="  ")
