"""Rows of cells as aligned lines; columns that there is no room for are left out, those that say least first.

Lays out figures as text: labels to the left, figures to the right, as many tables as the width needs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.tui.text.text_width import pad_left, pad_right, width

GAP, NARROW_GAP = "   ", "  "


FIRST = frozenset({0})


Rows = Sequence[Sequence[str]]


def aligned(rows: Rows, left: Collection[int] = FIRST, gap: str = GAP) -> list[str]:
    """Every row a line; the columns `left` to the left, the others to the right."""
    return _lines(rows, range(len(rows[0])), left, gap)


def fitting(rows: Rows, room: int, spare: Sequence[int], left: Collection[int] = FIRST, gap: str = GAP) -> list[str]:
    """The same in at most `room` columns of text, as far as leaving out the columns `spare`, in their order, helps."""
    kept = list(range(len(rows[0])))
    taken = widths(rows)
    for column in spare:
        if sum(taken[at] + len(gap) for at in kept) - len(gap) <= room:
            break
        kept.remove(column)
    return _lines(rows, kept, left, gap)


def widths(rows: Rows) -> list[int]:
    """Of each column, in cells."""
    return [max(map(width, column)) for column in zip(*rows, strict=True)]


def _lines(rows: Rows, columns: Sequence[int], left: Collection[int], gap: str) -> list[str]:
    cells = widths(rows)
    return [
        gap.join((pad_right if at in left else pad_left)(row[at], cells[at]) for at in columns).rstrip() for row in rows
    ]


Figure = tuple[str, Callable[[TargetResult], str]]
"""A row's label and what it says of a target."""


Row = Sequence[str]
"""A label and its cells."""


NOT_MEASURED = "–"


def figures_table(targets: Sequence[TargetResult], figures: Sequence[Figure], width: int) -> list[str]:
    """A row for each figure that says something of any target, a column for each target."""
    rows = figures_rows(targets, figures)
    return table(rows, width) if rows else []


def figures_rows(targets: Sequence[TargetResult], figures: Sequence[Figure]) -> list[Row]:
    """The same as cells, the targets' names first; none where nothing is said."""
    rows = [(label, *(of(target) for target in targets)) for label, of in figures]
    rows = [row for row in rows if any(cell not in ("", NOT_MEASURED) for cell in row[1:])]
    return [("", *(target.name for target in targets)), *rows] if rows else []


def table(rows: Sequence[Row], width: int) -> list[str]:
    """The rows as lines of at most `width`; columns that do not fit follow below, with the labels again."""
    return [line for columns in _parts(rows, width) for line in aligned([[row[at] for at in columns] for row in rows])]


def _parts(rows: Sequence[Row], width: int) -> list[list[int]]:
    """Which columns stand beside one another; the labels, column 0, are in every part."""
    cells = widths(rows)
    parts = [[0]]
    for column in range(1, len(cells)):
        taken = sum(cells[at] + len(GAP) for at in parts[-1])
        if taken + cells[column] > width and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1].append(column)
    return parts
