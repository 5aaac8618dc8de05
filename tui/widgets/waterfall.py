"""Waterfall: a row for each visitor, with the legend and the order above, and what it means below.

The rows of a waterfall, targets one below the other on one time axis: what is in view, scrolled and pointed at.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from asgi_vs_wsgi.tui.drawing.glyphs import PIECE, SHORT, TICKS, WORDS, glyph, name_of
from asgi_vs_wsgi.tui.drawing.waterfall import IN_A_BROWSER, MEANING, PARTS
from asgi_vs_wsgi.tui.widgets.lane_lines import Palette
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine, Ruler
from asgi_vs_wsgi.tui.widgets.vi_keys import vi_bindings
from asgi_vs_wsgi.tui.widgets.waterfall_lines import Place, Ranked, Shown, WaterfallLines, WaterfallPlaces, is_chosen

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback


class WaterfallRows(ScrollView, can_focus=True):
    """Targets one below the other on one time axis; they are scrolled together, each as far as it has rows."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "row(-1)", "The visitor above", show=False),
        Binding("down", "row(1)", "The visitor below", show=False),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("home", "scroll_home", "The first visitor", show=False),
        Binding("end", "scroll_end", "The last visitor", show=False),
        *vi_bindings("row(1)", "row(-1)", "scroll_home", "scroll_end"),
    ]
    HELP = (
        f"{MEANING}\n\n{TICKS}\n\n{IN_A_BROWSER}\n\n"
        "Up and down, k and j, or a click, tell a visitor's story; S sorts; pgup and pgdn scroll all targets."
    )

    class Picked(Message):
        """Somebody points at a visitor, by number; 0: at nobody."""

        def __init__(self, target: TargetPlayback, number: int) -> None:
            super().__init__()
            self.target = target
            self.number = number

    def __init__(self) -> None:
        super().__init__()
        self._ranked: list[Ranked] = []
        self._stretch = (0, 1)
        self._lines: WaterfallLines | None = None
        self._shown: list[Shown] = []
        """Line by line."""
        self.places = WaterfallPlaces([], 0, 0)
        self._laid_out = (0, False)
        """In how many lines, and whether the chosen visitor was in view."""

    # ---- a frame

    def draw(self, targets: list[TargetPlayback], order: str, stretch: tuple[int, int]) -> None:
        """One frame, up to the playheads."""
        self._stretch = stretch
        self._ranked = [Ranked(each, each.order.rows(order, each.playhead_ns)) for each in targets]
        self._lay_out()

    def _lay_out(self) -> None:
        """Divide the room, and ask for a repaint of the lines that differ from the last frame."""
        self.places = WaterfallPlaces(self._ranked, self.size.height, self.scroll_offset.y)
        size = Size(self.size.width, self.size.height + self.places.reach)
        if size != self.virtual_size:
            self.virtual_size = size
        if self._lines is None:
            self._lines = WaterfallLines(Palette.for_app(self.app), self.rich_style, self.size.width)
            self._shown = []
        self._repaint(self._lines)
        height, in_view = self._laid_out
        self._laid_out = (self.size.height, self.places.shows_chosen)
        if in_view and height != self.size.height and not self.places.shows_chosen:
            self.show_chosen()

    def _repaint(self, lines: WaterfallLines) -> None:
        before = self._shown
        self._shown = [lines.shown(self.places.at(y), self.places, self._stretch) for y in range(self.size.height)]
        lines.keep_only(self._shown)
        changed = [y for y, shown in enumerate(self._shown) if y >= len(before) or before[y] != shown]
        if changed:
            self.refresh(*(self._region(list(run)) for _, run in groupby(enumerate(changed), lambda at: at[1] - at[0])))

    def _region(self, run: list[tuple[int, int]]) -> Region:
        """Of lines one below the other."""
        return Region(0, run[0][1], self.size.width, len(run))

    def render_line(self, y: int) -> Strip:
        """A line as it was laid out."""
        if self._lines is None or y >= len(self._shown):
            return Strip.blank(self.size.width, self.rich_style)
        return self._lines.strip(self.places.at(y), self._shown[y])

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._lines = None
        self.call_after_refresh(self._lay_out)

    def on_resize(self) -> None:
        """More or fewer rows and columns are in view; a story that comes below takes lines from whom it tells of."""
        self._lines = None
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Titles stay, rows move."""
        super().watch_scroll_y(old_value, new_value)
        self._lay_out()

    def action_page(self, direction: int) -> None:
        """As far as no target passes over a row."""
        self.scroll_to(y=self.scroll_offset.y + direction * self.places.page, animate=False)

    def action_half_page(self, direction: int) -> None:
        """Half of that."""
        self.scroll_to(y=self.scroll_offset.y + direction * max(1, self.places.page // 2), animate=False)

    # ---- who is pointed at

    def action_row(self, steps: int) -> None:
        """The visitor above or below; the first in view where nobody is chosen."""
        if place := self.places.beside_chosen(steps):
            self._pick(place, place.row + 1)

    def show_chosen(self) -> None:
        """Scroll to the chosen visitor, wherever the others stand."""
        self.scroll_to(y=self.places.scroll_to_chosen(), animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        """Whose line it is; the same once more lets go."""
        offset = event.get_content_offset(self)
        place = self.places.at(offset.y) if offset else None
        if place is not None and place.row >= 0:
            self._pick(place, 0 if is_chosen(place) else place.row + 1)

    def _pick(self, place: Place, number: int) -> None:
        self.post_message(self.Picked(place.target, number))


ROOM_FOR_MORE = 28
"""Lines of a main area that has room for how to see it in a browser."""


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
        key = Content.assemble(("S", "bold $accent"), (" sorts", "$faint"))
        sorted_by = [Content(f"{words}by {order} · ") + key for words in ("sorted ", "")]
        short = [Content.assemble(("S", "bold $accent"), words) for words in (f" by {order}", " sorts")]
        parts = [_legend(2), _legend(1)]
        if any(each.trace.visits.pieces.rows() for each in targets):
            parts = [
                part + Content(f"  {glyph(PIECE)} {words}") for words in (WORDS[PIECE], SHORT[PIECE]) for part in parts
            ]
        self.query_one("#fall-legend", EdgeLine).say(parts, [*sorted_by, *short])
        self.rows.draw(targets, order, stretch)
        happened = [each for target in targets for each in target.happened()]
        self.query_one(Ruler).measure(stretch, playhead_ns, happened)
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
