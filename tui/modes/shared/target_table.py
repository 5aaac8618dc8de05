"""Targets beside one another: a column for each, a line of the table for each thing that is told of them.

                    gunicorn-sync · WSGI        uvicorn · ASGI
concurrency         1 in one worker, 2 in all   16 in one worker, 32 in all
latency under load  p95 3.23 s,                 p95 0.22 s,
                    a lone request 0.20 s       a lone request 0.20 s
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from asgi_vs_wsgi.tui.modes.shared.layout import GAP, column_count, column_width, faint, heading, lines_of_parts

LEAST = 24
"""Columns that a target needs: its words break at commas."""
NARROWEST = 10
"""In a terminal that is too small for it all the same."""

Parts = Sequence[str]
"""What a cell says, to be parted by commas."""


class TargetColumn(NamedTuple):
    """A target's name, and its cell for each label."""

    name: str
    cells: Sequence[Parts]


def target_table(labels: Sequence[str], targets: Sequence[TargetColumn], width: int) -> list[Content]:
    """Those that do not fit beside the others follow below, with the labels again."""
    label = max(map(len, labels)) + 2
    columns = column_count(len(targets), width - label, LEAST)
    each = max(NARROWEST, column_width(columns, width - label))
    out: list[Content] = []
    for first in range(0, len(targets), columns):
        out += [Content()] if out else []
        out += _table(labels, targets[first : first + columns], label, each)
    return out


def _table(labels: Sequence[str], targets: Sequence[TargetColumn], label: int, each: int) -> list[Content]:
    parts = [_row("", label, [heading(target.name).truncate(each, ellipsis=True) for target in targets], each)]
    for at, name in enumerate(labels):
        cells = [lines_of_parts(target.cells[at], each) for target in targets]
        for line in range(max(map(len, cells))):
            texts = [Content(cell[line]) if line < len(cell) else Content() for cell in cells]
            parts.append(_row("" if line else name, label, texts, each))
    return parts


def _row(name: str, label: int, cells: Sequence[Content], each: int) -> Content:
    padded = [cell.pad_right(max(0, each - cell.cell_length + GAP)) for cell in cells]
    return Content("").join([faint(f"{name:<{label}}"), *padded]).rstrip()
