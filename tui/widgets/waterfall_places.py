"""What stands on each line of a waterfall: whose row it is, in the order of each target, in the room there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.tui.drawing.waterfall.bars import Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback

TITLE, OUT_OF_VIEW = -1, -2
"""Lines that are no visitor's."""


class Place(NamedTuple):
    """A visitor's row of a target, its title, or what tells of those out of view."""

    target: TargetPlayback
    row: int


class Ranked(NamedTuple):
    """A target and its visitors in their order."""

    target: TargetPlayback
    rows: list[int]


class WaterfallPlaces:
    """Targets one below the other; `scroll` is how many rows of each are out of view above."""

    def __init__(self, ranked: list[Ranked], height: int, scroll: int) -> None:
        self.ranked = ranked
        self.blocks = blocks([len(each.rows) for each in ranked], height, scroll)
        self._scroll = scroll

    @property
    def _pairs(self) -> Iterator[tuple[Ranked, Block]]:
        return zip(self.ranked, self.blocks, strict=True)

    @property
    def reach(self) -> int:
        """How far it can be scrolled."""
        return max((block.reach for block in self.blocks), default=0)

    @property
    def page(self) -> int:
        """As many rows as the target with the least room shows."""
        return max(1, min((block.shown for block in self.blocks if block.reach), default=1))

    def at(self, line: int) -> Place | None:
        """What stands on a line."""
        for (target, rows), block in reversed(list(self._pairs)):
            if line >= block.top:
                at = block.at(line)
                if at is None:
                    last = line == block.top + 1 + block.shown and block.words
                    return Place(target, OUT_OF_VIEW) if last else None
                return Place(target, rows[at] if at >= 0 else TITLE)
        return None

    def out_of_view(self, target: TargetPlayback) -> str:
        """In words."""
        return next((block.words for ranked, block in self._pairs if ranked.target is target), "")

    def beside_chosen(self, steps: int) -> Place | None:
        """The visitor below the chosen one, or above; the first in view where nobody is chosen."""
        everybody = [Place(target, row) for target, rows in self.ranked for row in rows]
        here = next((at for at, place in enumerate(everybody) if is_chosen(place)), None)
        if here is not None:
            at = max(0, min(len(everybody) - 1, here + steps))
        else:
            at = self.blocks[0].first if self.blocks else 0
        return everybody[at] if at < len(everybody) else None

    @property
    def shows_chosen(self) -> bool:
        """Whether somebody is chosen and in view."""
        pairs = ((target.book.chosen.number - 1, rows, block) for (target, rows), block in self._pairs)
        return any(row in rows and 0 <= rows.index(row) - block.first < block.shown for row, rows, block in pairs)

    def scroll_to_chosen(self) -> int:
        """How far to scroll for the chosen visitor to be in view; as now, where there is none."""
        for (target, rows), block in self._pairs:
            row = target.book.chosen.number - 1
            if row in rows:
                return block.scroll_to(rows.index(row), self._scroll)
        return self._scroll


def is_chosen(place: Place) -> bool:
    """Whether its story is told."""
    return place.row >= 0 and place.target.book.chosen.number == place.row + 1
