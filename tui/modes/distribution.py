"""How many visitors waited how long: one scale for all targets, a column for each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.drawing.words import nanoseconds
from tui.modes.layout import bar, faint, heading
from tui.modes.sight import Sight

BINS = 10
LABEL = 12
FIGURE = 7
LEAST = 16
"""Columns that a target needs at least."""

Waits = tuple[str, list[int]]
"""A target's name and how long each of its visitors waited, in nanoseconds."""


def distribution(sight: Sight) -> list[Content]:
    """A table of bars; targets that do not fit beside the others follow below."""
    told: list[Waits] = [
        (seen.trace.facts.name, seen.ledger.latencies_ns(sight.until_ns(seen))) for seen in sight.started
    ]
    most = max((max(waits) for _, waits in told if waits), default=0)
    if not most:
        return []
    beside = max(1, min(len(told), (sight.width - LABEL) // LEAST))
    parts: list[Content] = [heading("How long visitors waited")]
    for first in range(0, len(told), beside):
        parts += _table(told[first : first + beside], most, sight.width)
    return parts


def _table(told: Sequence[Waits], most: int, width: int) -> list[Content]:
    room = min(60, (width - LABEL) // len(told))
    counts = [_counts(waits, most) for _, waits in told]
    highest = max(max(each) for each in counts)
    rows = [faint(" " * LABEL + "".join(f"{name[: room - 1]:<{room}}" for name, _ in told).rstrip())]
    for index in range(BINS):
        label = Content.styled(f"{'≤ ' + nanoseconds(most * (index + 1) // BINS):>{LABEL - 2}}  ", "$faint")
        cells = [_cell(each[index], highest, room) for each in counts]
        rows.append(Content("").join([label, *cells]).rstrip())
    return rows


def _counts(waits: Sequence[int], most: int) -> list[int]:
    counts = [0] * BINS
    for wait in waits:
        counts[min(BINS - 1, max(0, -(-wait * BINS // most) - 1))] += 1
    return counts


def _cell(number: int, highest: int, room: int) -> Content:
    drawn = Content.assemble(bar(number, highest, max(1, room - FIGURE), "$primary"), f" {number}" if number else "")
    return drawn.pad_right(max(0, room - drawn.cell_length))
