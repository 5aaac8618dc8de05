"""How much of the stage's height each pane gets, and how tall its lanes are drawn.

A pane that needs little gets what it needs; the others share the rest. Where all have what they need, lanes grow
taller, those of the smallest panes first: the room is used. Where some pane could not show every worker and a line,
panes are drawn tight, without a lower border; there the pane that a story is told of comes first.
"""

from __future__ import annotations

from typing import NamedTuple

from asgi_vs_wsgi.tui.drawing.lanes.pane import fair_shares

TALLEST = 3
BORDERS, TIGHT_BORDERS = 2, 1
"""Lines of a pane that are not rows."""


class Need(NamedTuple):
    """Rows that stay one line high (counts), and rows that may be taller (lanes)."""

    counts: int
    lanes: int


class Height(NamedTuple):
    """Lines without borders, and lines for each lane."""

    lines: int
    tall: int


def is_tight(least: list[int], height: int) -> bool:
    """Whether some pane needs more rows than its part of the height has beside its borders."""
    part = height // len(least) - BORDERS if least else 0
    return max(least, default=0) > max(0, part) and height < len(least) * BORDERS + sum(least)


def pane_heights(needs: list[Need], room: int, first: int | None = None) -> list[Height]:
    """`room` is what there is for all panes, their borders not counted; what `first` needs comes before the others."""
    if first is not None:
        own = min(room, needs[first].counts + needs[first].lanes)
        others = pane_heights([*needs[:first], *needs[first + 1 :]], room - own)
        return [*others[:first], Height(own, 1), *others[first:]]
    tall = [1] * len(needs)
    for place in sorted(range(len(needs)), key=lambda index: needs[index].lanes):
        tall[place] = _tallest(needs, tall, place, room)
    wanted = [need.counts + need.lanes * each for need, each in zip(needs, tall, strict=True)]
    return [Height(*pair) for pair in zip(fair_shares(wanted, room), tall, strict=True)]


def _tallest(needs: list[Need], tall: list[int], place: int, room: int) -> int:
    """The tallest that leaves every pane what it needs."""
    others = sum(n.counts + n.lanes * t for i, (n, t) in enumerate(zip(needs, tall, strict=True)) if i != place)
    left = room - others - needs[place].counts
    return max(1, min(TALLEST, left // max(1, needs[place].lanes)))
