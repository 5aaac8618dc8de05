"""Rows of cells as aligned lines; columns that there is no room for are left out, those that say least first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from asgi_vs_wsgi.tui.text.text_width import pad_left, pad_right, width

GAP = "   "
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
