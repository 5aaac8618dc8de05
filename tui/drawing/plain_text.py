"""The same lanes as plain text, one glyph per state, for the report that needs no terminal.

WSGI · gunicorn sync · 2 workers                     32/32 done in 3.24 s · p95 3.23 s
in line    ▇▇▇▇▇▆▆▆▆▅▅▅▅▄▄▄▄▃▃▃▃▂▂▂▂▁▁▁▁
worker 1   ▓▓1▓▓▓▓3▓▓▓▓5▓▓▓▓7▓▓▓▓9▓▓▓11▓▓▓13▓▓
worker 2   ▓▓2▓▓▓▓4▓▓▓▓6▓▓▓▓8▓▓▓10▓▓▓12▓▓▓14▓▓
ASGI · uvicorn · 2 workers                           32/32 done in 0.25 s · p95 0.23 s
…
           0         1.0       2.0       3.0 s
█ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.tui.drawing.events import happened
from asgi_vs_wsgi.tui.drawing.glyphs import EIGHTHS, glyph_of, legend_text, told_by
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Line, Pane
from asgi_vs_wsgi.tui.drawing.sentence import score_text
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window, ruler_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class TimeSpan(NamedTuple):
    """Absolute monotonic nanoseconds; 0 and 0 before the first visitor."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """The makespan, once all is over."""
        return self.end_ns - self.start_ns


def time_span(trace: TargetTrace) -> TimeSpan:
    """First intended start to last done."""
    start_ns = min((at_ns for at_ns in trace.visits.intended_ns if at_ns), default=0)
    return TimeSpan(start_ns, max((*trace.visits.done_ns, start_ns)))


GUTTER = 11
"""Columns before the cells: `worker 12 `, `    1234 … `."""
UNJOINED = "No worker has a record of those who were answered: who stood in line, and what workers did, is not known."


def lanes_text(
    traces: Sequence[TargetTrace], width: int, rows_per_target: int = 12, *, cells: Callable[[str], int] = len
) -> list[str]:
    """Every target's lanes over the whole run on one shared axis, with a ruler and a legend; empty without visits.

    `cells` tells how many cells of a terminal a text takes.
    """
    spans = [time_span(trace) for trace in traces]
    length_ns = max((span.length_ns for span in spans), default=0)
    columns = max(SUBS, width - GUTTER)
    if not length_ns:
        return []
    lines: list[str] = []
    drawn: set[int] = set()
    for trace, span in zip(traces, spans, strict=True):
        window = Window(span.start_ns, span.start_ns + length_ns, columns)
        lines += _target(trace, span, window, rows_per_target, drawn, cells)
    marks = [
        (at_ns - span.start_ns, word)
        for trace, span in zip(traces, spans, strict=True)
        for at_ns, word in happened(trace)
    ]
    ruler = ruler_text(Window(0, length_ns, columns), marks)
    return [*lines, " " * GUTTER + ruler, *legend_text(drawn, GUTTER + columns)]


def _target(
    trace: TargetTrace, span: TimeSpan, window: Window, height: int, drawn: set[int], cells: Callable[[str], int]
) -> Iterator[str]:
    """Title and lanes; adds to `drawn` what the legend has to explain."""
    book, keeper = LaneLayout(trace), ScoreCounter(trace)
    rows = range(len(trace.visits.outcome))
    book.update_rows(rows)
    keeper.update_rows(rows)
    score = score_text(keeper.score(span.end_ns), span.length_ns)
    yield from _spread(pane_title(trace), score, GUTTER + window.columns, cells)
    if trace.answered_unseen:
        yield UNJOINED
        return
    lines, rest = Pane(book).frame_and_rest(window, span.end_ns, height)
    for line in lines:
        signs = _glyphs(line)
        drawn |= told_by(signs + line.label)
        yield f"{line.label[: GUTTER - 1]:<{GUTTER}}{signs}".rstrip()
    if rest:
        yield f"{'':<{GUTTER}}{rest}"[: GUTTER + window.columns]


def pane_title(trace: TargetTrace) -> str:
    """`WSGI · gunicorn sync · 2 workers`, after the target's own name where it has one."""
    facts = trace.facts
    own = f"{facts.name} · " if facts.name != facts.server else ""
    return f"{own}{facts.interface.upper()} · {facts.label}"


def _spread(left: str, right: str, width: int, cells: Callable[[str], int]) -> list[str]:
    """On one line where both fit."""
    room = width - cells(left)
    return [f"{left}{right:>{room}}"] if len(right) + 2 <= room else [left, f"{right:>{width}}"]


def _glyphs(line: Line) -> str:
    if not isinstance(line.row, BarRow):
        return "".join(char for char, _paint, _ground in line.row.cells)
    return "".join(
        glyph_of(line.row.group(column)) if char in EIGHTHS else char
        for column, (char, _paint, _ground) in enumerate(line.row.cells)
    )
