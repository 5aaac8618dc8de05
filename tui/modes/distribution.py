"""How many visitors waited how long, and how far the rounds of a measurement lie apart.

      waited  gunicorn-sync      uvicorn
0.2 – 0.4 s   ███ 2
0.4 – 0.6 s   ███ 2

The first line is that of the shortest wait: nothing is drawn before it.
"""

from __future__ import annotations

from collections import Counter
from math import ceil, log10
from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.build_document import P95
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.wording import NS_PER_MS, NS_PER_S
from asgi_vs_wsgi.tui.drawing.time_axis import round_step
from asgi_vs_wsgi.tui.modes.layout import bar, faint, heading, prose
from asgi_vs_wsgi.tui.report.figures import heading as metric_heading
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, fitting
from asgi_vs_wsgi.tui.text.text_width import pad_right, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.results import Round, RunResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext


MOST_BINS = 20
"""So many that visitors who end two by two, in 16 steps, are seen to."""


TITLE = "How long visitors waited, and how many"


NOBODY = "Nobody was served."


NOBODY_YET = "Comes with the first visitor who is served."


FINEST = 200
"""Of the longest wait a bin is no smaller part: who all waited as long are not spread over nothing."""


LABEL = 18


FIGURE = 7


LEAST = 16
"""Columns that a target needs at least."""


Waits = tuple[str, list[int]]
"""A target's name and how long each of its visitors waited, in nanoseconds."""


def distribution(sight: ModeContext) -> list[Content]:
    """A table of bars; targets that do not fit beside the others follow below."""
    told: list[Waits] = [
        (seen.trace.facts.name, seen.ledger.latencies_ns(sight.until_ns(seen))) for seen in sight.started
    ]
    ends = [wait for _, waits in told if waits for wait in (min(waits), max(waits))]
    if not any(ends):
        return [heading(TITLE), *prose(faint(NOBODY if sight.over else NOBODY_YET), sight.width)]
    beside = max(1, min(len(told), (sight.width - LABEL) // LEAST))
    names = [name for name, _ in told]
    parts: list[Content] = [heading(TITLE)]
    for first in range(0, len(told), beside):
        parts += _table(told[first : first + beside], (min(ends), max(ends)), names, sight.width)
    return parts


def _table(told: Sequence[Waits], ends: tuple[int, int], names: Sequence[str], width: int) -> list[Content]:
    """`ends` are the shortest and the longest wait of all targets, `names` those of all of them."""
    least, most = ends
    room = min(60, (width - LABEL) // len(told))
    step = round_step(max(-(-(most - least) // MOST_BINS), -(-most // FINEST)))
    counts = [Counter(_bin(wait, step) for wait in waits) for _, waits in told]
    highest = max(max(each.values(), default=1) for each in counts)
    titles = "".join(pad_right(short_name(name, names, room - 1), room) for name, _ in told).rstrip()
    rows = [faint(f"{'waited':>{LABEL - 2}}  {titles}")]
    for index in range(_bin(least, step), _bin(most, step) + 1):
        label = Content.styled(f"{_between(index, step, most):>{LABEL - 2}}  ", "$faint")
        cells = [_cell(each[index], highest, room) for each in counts]
        rows.append(Content("").join([label, *cells]).rstrip())
    return rows


def _bin(wait: int, step: int) -> int:
    return max(0, -(-wait // step) - 1)


def _between(index: int, step: int, most: int) -> str:
    """`0.2 – 0.4 s`: the second edge belongs to the bin."""
    unit_ns, unit = (NS_PER_S, "s") if most >= NS_PER_S else (NS_PER_MS, "ms")
    digits = max(0, ceil(log10(unit_ns / step)))
    low, high = (f"{edge * step / unit_ns:.{digits}f}" for edge in (index, index + 1))
    return f"{low} – {high} {unit}"


def _cell(number: int, highest: int, room: int) -> Content:
    drawn = Content.assemble(bar(number, highest, max(1, room - FIGURE), "$figure"), f" {number}" if number else "")
    return drawn.pad_right(max(0, room - drawn.cell_length))


def rounds(result: RunResult, width: int) -> list[Content]:
    """Each, where there was more than one; the last rounds are left out where there is no room.

    Of a run that was saved before rounds held the verdict's figure: the p95.
    """
    metric = result.verdict.on
    if metric != P95 and all(each.value is None for each in result.rounds):
        metric = P95
    by_target: dict[str, list[float | None]] = {}
    for each in result.rounds:
        by_target.setdefault(each.target, []).append(_figure(each, metric))
    most = max(map(len, by_target.values()), default=0)
    if most < 2 or all(value is None for values in by_target.values() for value in values):
        return []
    head = (metric_heading(metric), "spread", *(f"round {number + 1}" for number in range(most)))
    rows: list[Sequence[str]] = [head, *(_row(name, values, most, metric) for name, values in by_target.items())]
    table = fitting(rows, width, tuple(range(most + 1, 2, -1)))
    return [Content(), heading("Rounds"), faint(table[0]), *map(Content, table[1:])]


def _figure(each: Round, metric: str) -> float | None:
    return each.p95_ms if metric == P95 else each.value


def _words(metric: str, value: float | None) -> str:
    if metric == P95:
        return milliseconds(value)
    return NOT_MEASURED if value is None else in_words(metric, value)


def _row(name: str, values: Sequence[float | None], most: int, metric: str) -> tuple[str, ...]:
    known = [value for value in values if value is not None]
    spread = _words(metric, max(known) - min(known) if known else None)
    cells = [_words(metric, value) for value in values]
    return (name, spread, *cells, *[""] * (most - len(values)))
