"""Many rectangles of one colour as few: those that touch along a whole side become one, so that no seam can show.

▏▏▏ a row of cells       → one
▏   the same below it    → still one
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from asgi_vs_wsgi.tui.capture.cell import Rect


def joined(rects: Iterable[Rect]) -> list[Rect]:
    """Side by side first, then one below the other; from top to bottom."""
    rows = _chain(sorted(rects, key=itemgetter(1, 3, 0)), along=0)
    return sorted(_chain(sorted(rows, key=itemgetter(0, 2, 1)), along=1), key=itemgetter(1, 0))


def _chain(rects: list[Rect], *, along: int) -> list[Rect]:
    """Join neighbours in x (0) or y (1) that have the same place and size in the other direction."""
    chained: list[Rect] = []
    for rect in rects:
        last = chained[-1] if chained else None
        if last and _same(last, rect, 1 - along) and last[along] <= rect[along] <= last[along] + last[along + 2]:
            chained[-1] = _longer(last, rect, along)
        else:
            chained.append(rect)
    return chained


def _same(one: Rect, other: Rect, direction: int) -> bool:
    return (one[direction], one[direction + 2]) == (other[direction], other[direction + 2])


def _longer(one: Rect, other: Rect, along: int) -> Rect:
    end = max(one[along] + one[along + 2], other[along] + other[along + 2])
    if along == 0:
        return one._replace(width=end - one.x)
    return one._replace(height=end - one.y)


def path_data(rects: Iterable[Rect]) -> str:
    """All of them as the `d` of one path."""
    return "".join(
        f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h{number(-width)}z" for x, y, width, height in rects
    )


def number(value: float) -> str:
    """As short as it can be written; a thousandth of a cell is too little to see."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
