"""How much of the stage's height each pane gets, and how tall its lanes are drawn.

A pane that needs little gets what it needs; the others share the rest. Where all have what they need, lanes grow
taller, those of the smallest panes first: the room is used.
"""

from __future__ import annotations

from typing import NamedTuple

from tui.drawing.pane import fair_shares

TALLEST = 3


class Need(NamedTuple):
    """Rows that stay one line high (counts), and rows that may be taller (lanes)."""

    counts: int
    lanes: int


class Height(NamedTuple):
    """Lines without borders, and lines for each lane."""

    lines: int
    tall: int


def pane_heights(needs: list[Need], room: int) -> list[Height]:
    """`room` is what there is for all panes, their borders not counted."""
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
