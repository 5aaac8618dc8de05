"""The lines of a waterfall as strips; one that shows what it showed in the last frame is the same strip.

14 w2 ▸·───────▒               0.20 s

What stands on each line of a waterfall: whose row it is, in the order of each target, in the room there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, FAINT, LABEL
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER, score_text
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.waterfall import Block, bar, blocks, how_long, settled_ns, who
from asgi_vs_wsgi.tui.text.text_width import short_name, width
from asgi_vs_wsgi.tui.widgets.lanes_border import border_titles, fitting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback
    from asgi_vs_wsgi.tui.widgets.lane_lines import Palette


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


NOTHING = -3
"""A line with nobody on it; see waterfall_places."""
SHORTEST_NAME = 8
FIGURE = 10
"""Columns for how long each took."""


class Shown(NamedTuple):
    """Everything that a line shows: the same, the same strip."""

    row: int = NOTHING
    words: str = ""
    target: int = 0
    chosen: bool = False
    stretch: tuple[int, int] = (0, 1)
    until_ns: int = 0


class WaterfallLines:
    """Strips of one width on one ground."""

    def __init__(self, palette: Palette, ground: Style, width: int) -> None:
        self._palette = palette
        self._ground = ground
        self._words = ground + Style(color=palette.style((LABEL, EMPTY)).color)
        self._faint = ground + Style(color=palette.style((FAINT, EMPTY)).color)
        self._width = width
        self._made: dict[Shown, Strip] = {}
        self.made = 0
        """How many strips have been made so far."""

    @property
    def columns(self) -> int:
        """How many cells a bar has."""
        return max(8, self._width - GUTTER - FIGURE)

    def shown(self, place: Place | None, places: WaterfallPlaces, stretch: tuple[int, int]) -> Shown:
        """What a line shows; that of a visitor who has ended does not change as the playhead moves on."""
        if place is None:
            return Shown()
        target, row = place
        if row == TITLE:
            return Shown(row, self._title(target))
        if row == OUT_OF_VIEW:
            return Shown(row, places.out_of_view(target))
        until_ns = min(target.playhead_ns, settled_ns(target.trace, row))
        return Shown(row, "", id(target), is_chosen(place), stretch, until_ns)

    def keep_only(self, shown: Iterable[Shown]) -> None:
        """What is no longer in view is forgotten."""
        self._made = {each: self._made[each] for each in shown if each in self._made}

    def strip(self, place: Place | None, shown: Shown) -> Strip:
        """Made when it is asked for: a long run costs no more than what is seen of it."""
        if shown not in self._made:
            self.made += 1
            self._made[shown] = Strip(self._segments(place, shown)).adjust_cell_length(self._width, self._ground)
        return self._made[shown]

    def _segments(self, place: Place | None, shown: Shown) -> list[Segment]:
        if place is None:
            return []
        if place.row == TITLE:
            return [Segment(shown.words, self._words + Style(bold=True))]
        if place.row == OUT_OF_VIEW:
            return [Segment(f"{' ' * GUTTER}{shown.words}", self._faint)]
        return self._visitor(place.target, shown)

    def _title(self, target: TargetPlayback) -> str:
        """As much of it as there is room for."""
        score = score_text(target.score(), target.over_ns if target.at_end else 0)
        names = border_titles(target)[1:]
        short = short_name(
            names[-1], [each.name for each in target.beside], max(SHORTEST_NAME, self._width - width(score) - 3)
        )
        return fitting([f"{words}   {score}" for words in (*names, short)], self._width)

    def _visitor(self, target: TargetPlayback, shown: Shown) -> list[Segment]:
        trace, row, playhead_ns = target.trace, shown.row, target.playhead_ns
        from_ns, to_ns = (target.start_ns + at_ns for at_ns in shown.stretch)
        label = self._words + Style(reverse=True, bold=True) if shown.chosen else self._faint
        return [
            Segment(f"{who(trace, row, playhead_ns):<{GUTTER - 1}}", label),
            Segment("▸" if shown.chosen else " ", self._words),
            *self._palette.segments(bar(trace, row, Window(from_ns, to_ns, self.columns), playhead_ns)),
            Segment(f" {how_long(trace, row, playhead_ns)}", self._words),
        ]
