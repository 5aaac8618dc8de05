"""Which rows of a waterfall are in view: the targets one below the other, each with an equal part of the room.

WSGI · gunicorn sync · 2 workers     a title for each target
   1 w1  ────                        its visitors, from where it is scrolled to
   2 w2  ────
     … 30 more                       those that are out of view, where some are
ASGI · uvicorn · 2 workers
   …
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from asgi_vs_wsgi.tui.drawing.lanes.pane import fair_shares


class Block(NamedTuple):
    """A target's part: `top` is the line of its title; its rows from `first` on are in view, `shown` of `rows`."""

    top: int
    first: int
    shown: int
    rows: int

    @property
    def words(self) -> str:
        """What its last line says of those out of view, "" where there are none."""
        above, below = self.first, self.rows - self.first - self.shown
        if above and below:
            return f"… {above} above, {below} below"
        return f"… {above + below} {'more' if below else 'above'}" if above or below else ""

    @property
    def reach(self) -> int:
        """How far it can be scrolled."""
        return self.rows - self.shown

    def at(self, line: int) -> int | None:
        """The place of the row on a line; -1 for the title, None for none of its rows."""
        place = line - self.top - 1
        if place < 0:
            return -1
        return self.first + place if place < self.shown else None

    def scroll_to(self, place: int, scroll: int) -> int:
        """How far to scroll for a row to be in view; as now, where it is."""
        if not self.shown or self.first <= place < self.first + self.shown:
            return scroll
        return place if place < self.first else place - self.shown + 1


def blocks(rows: Sequence[int], height: int, scroll: int) -> list[Block]:
    """Targets with so many rows each, in so many lines; `scroll` is how many rows are out of view above."""
    placed: list[Block] = []
    top = 0
    for count, share in zip(rows, fair_shares(list(rows), max(0, height - len(rows))), strict=True):
        shown = count if share == count else max(0, share - 1)  # the last line tells of the others
        placed.append(Block(top, min(scroll, count - shown), shown, count))
        top += 1 + share
    return placed
