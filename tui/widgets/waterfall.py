"""Waterfall: a row for each visitor, with the legend and the order above, and what it means below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from asgi_vs_wsgi.tui.drawing.glyphs import glyph, name_of
from asgi_vs_wsgi.tui.drawing.waterfall.bars import IN_A_BROWSER, MEANING, PARTS
from asgi_vs_wsgi.tui.widgets.ruler import Ruler
from asgi_vs_wsgi.tui.widgets.two_ended_line import EdgeLine
from asgi_vs_wsgi.tui.widgets.waterfall_rows import WaterfallRows

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback

ROOM_FOR_MORE = 28
"""Lines of a stage that has room for how to see it in a browser."""


class Waterfall(Vertical):
    """The rows with what explains them."""

    def __init__(self) -> None:
        super().__init__(id="fall")

    def compose(self) -> ComposeResult:
        """Legend, rows, axis, meaning."""
        yield EdgeLine("fall-legend")
        yield WaterfallRows()
        yield Ruler("fall-ruler")
        yield Static(id="fall-meaning")

    @property
    def rows(self) -> WaterfallRows:
        """What scrolls."""
        return self.query_one(WaterfallRows)

    def draw(self, targets: list[TargetPlayback], order: str, stretch: tuple[int, int], playhead_ns: int) -> None:
        """One frame."""
        key = Content.assemble(("k", "bold $accent"), (" sorts", "$faint"))
        sorted_by = [Content(f"{words}by {order} · ") + key for words in ("sorted ", "")]
        short = Content.assemble(("k", "bold $accent"), f" by {order}")
        self.query_one("#fall-legend", EdgeLine).say([_legend(2), _legend(1)], [*sorted_by, short])
        self.rows.draw(targets, order, stretch)
        self.query_one(Ruler).measure(stretch, playhead_ns)
        self._tell_meaning()

    def on_resize(self) -> None:
        """It has no size before it is first shown, and then there may be no other frame."""
        self._tell_meaning()

    def _tell_meaning(self) -> None:
        meaning = self.query_one("#fall-meaning", Static)
        words = f"{MEANING} {IN_A_BROWSER}" if self.size.height >= ROOM_FOR_MORE else MEANING
        if str(meaning.content) != words:
            meaning.update(words)


def _legend(breadth: int) -> Content:
    return Content("  ").join(
        [
            Content.assemble(
                (glyph(role) * breadth, f"$lane-{name_of(role)}-grain on $lane-{name_of(role)}"), f" {name}"
            )
            for name, role in PARTS
        ]
    )
