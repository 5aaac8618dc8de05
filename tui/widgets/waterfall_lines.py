"""The lines of a waterfall as strips; one that shows what it showed in the last frame is the same strip.

14 w2 ▸·───────▒               0.20 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, FAINT, LABEL
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.score_text import score_text
from asgi_vs_wsgi.tui.drawing.waterfall.bars import bar, how_long, settled_ns, who
from asgi_vs_wsgi.tui.drawing.window import Window
from asgi_vs_wsgi.tui.text.text_width import shortened, width
from asgi_vs_wsgi.tui.widgets.lanes_border import border_titles, fitting
from asgi_vs_wsgi.tui.widgets.waterfall_places import OUT_OF_VIEW, TITLE, Place, WaterfallPlaces, is_chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback
    from asgi_vs_wsgi.tui.widgets.lane_colors import Palette

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
        short = shortened(names[-1], max(SHORTEST_NAME, self._width - width(score) - 3))
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
