"""Waterfall: one row for each visitor, as a browser's Network panel draws requests."""

from __future__ import annotations

from itertools import pairwise

from textual.content import Content

from scenarios.trace.target_trace import TargetTrace
from tui.drawing.words import nanoseconds
from tui.modes.layout import faint, heading, lines
from tui.modes.sight import Sight

ROWS = 200
"""Of each target; the rest is told as a number."""
LEGEND = (
    ("late", "$lane-late"),
    ("connecting", "$lane-connecting"),
    ("waiting", "$lane-awaiting"),
    ("receiving", "$lane-running"),
)


def waterfall(sight: Sight) -> Content:
    """Targets one below the other on one time axis, visitors in the order in which they came."""
    if not any(any(trace.visits.done_ns) for trace in sight.traces):
        return sight.nothing_yet(
            "A bar for each visitor: a staircase where they wait for one another, a stack where side by side."
        )
    extent_ns = max(_extent_ns(trace) for trace in sight.traces) or 1
    room = max(20, sight.width - 22)
    legend = Content("   ").join([Content.assemble(("██", style), f" {name}") for name, style in LEGEND])
    parts: list[Content | str] = [legend, ""]
    for trace in sight.traces:
        parts += [heading(trace.facts.label), *_rows(trace, extent_ns, room), ""]
    parts.append(
        faint(
            "In a browser: open the developer tools, Network, and load a page that fetches several things at once. Bars"
            " that start together and end one after another stood in line; bars that overlap and end together did not."
        )
    )
    return lines(parts)


def _extent_ns(trace: TargetTrace) -> int:
    starts = [at_ns for at_ns in trace.visits.intended_ns if at_ns]
    return max(trace.visits.done_ns, default=0) - min(starts, default=0) if starts else 0


def _rows(trace: TargetTrace, extent_ns: int, room: int) -> list[Content]:
    visits = trace.visits
    start_ns = min((at_ns for at_ns in visits.intended_ns if at_ns), default=0)
    rows = sorted((row for row in range(len(visits)) if visits.done_ns[row]), key=visits.intended_ns.__getitem__)
    shown = [_row(trace, row, start_ns, extent_ns, room) for row in rows[:ROWS]]
    if len(rows) > ROWS:
        shown.append(faint(f"and {len(rows) - ROWS} more"))
    return shown


def _row(trace: TargetTrace, row: int, start_ns: int, extent_ns: int, room: int) -> Content:
    visits = trace.visits
    done_ns = visits.done_ns[row]
    marks = [visits.intended_ns[row]]
    for column in (visits.connect_start_ns, visits.sent_ns, visits.first_byte_ns):
        marks.append(max(marks[-1], column[row] or (marks[-1] if column is visits.connect_start_ns else done_ns)))
    marks.append(max(done_ns, marks[-1]))
    cells = [round((mark - start_ns) / extent_ns * room) for mark in marks]
    if cells[-1] == cells[0]:
        cells[-1] += 1  # whoever was here is seen
    parts = [Content.styled(f"{row + 1:>6} ", "$faint"), Content(" " * cells[0])]
    for (_, style), (from_cell, to_cell) in zip(LEGEND, pairwise(cells), strict=True):
        parts.append(Content.styled("█" * (to_cell - from_cell), style))
    return Content("").join([*parts, Content(f" {nanoseconds(done_ns - visits.intended_ns[row])}")])
