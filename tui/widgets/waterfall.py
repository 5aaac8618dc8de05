"""Waterfall: a row for each visitor, only those in view drawn; legend and order above, what it means below."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from tui.drawing.roles import EMPTY, FAINT, LABEL, glyph, name_of
from tui.drawing.text import GUTTER, pane_title
from tui.drawing.waterfall import IN_A_BROWSER, MEANING, PARTS, bar, how_long, ordered, who
from tui.drawing.waterfall_blocks import Block, blocks
from tui.drawing.window import Window
from tui.show import TargetShow
from tui.widgets.edge_line import EdgeLine
from tui.widgets.palette import Palette
from tui.widgets.ruler import Ruler

FIGURE = 10
"""Rankeds for how long each took."""
TITLE, OUT_OF_VIEW = -1, -2
"""Lines that are no visitor's."""
ROOM_FOR_MORE = 28
"""Lines of a stage that has room for how to see it in a browser."""


class Place(NamedTuple):
    """What stands on a line: a visitor's row of a target, its title, or what tells of those out of view."""

    target: TargetShow
    row: int


class Ranked(NamedTuple):
    """A target and its visitors in their order."""

    target: TargetShow
    rows: list[int]


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
    ]
    HELP = (
        f"{MEANING}\n\n{IN_A_BROWSER}\n\n"
        "Up and down, or a click, tell a visitor's story; k sorts; pgup and pgdn scroll all targets."
    )

    class Picked(Message):
        """Somebody points at a visitor, by number; 0: at nobody."""

        def __init__(self, target: TargetShow, number: int) -> None:
            super().__init__()
            self.target = target
            self.number = number

    def __init__(self) -> None:
        super().__init__()
        self._ranked: list[Ranked] = []
        self._blocks: list[Block] = []
        self._stretch = (0, 1)
        self._palette: Palette | None = None

    @property
    def columns(self) -> int:
        """How many cells a bar has."""
        return max(8, self.size.width - GUTTER - FIGURE)

    def draw(self, targets: list[TargetShow], order: str, stretch: tuple[int, int]) -> None:
        """One frame, up to the playheads."""
        self._stretch = stretch
        self._ranked = [Ranked(each, ordered(each.trace, order, each.playhead_ns)) for each in targets]
        self._lay_out()

    def _lay_out(self) -> None:
        """Divide the room."""
        counts = [len(each.rows) for each in self._ranked]
        self._blocks = blocks(counts, self.size.height, self.scroll_offset.y)
        reach = max((block.reach for block in self._blocks), default=0)
        self.virtual_size = Size(self.size.width, self.size.height + reach)
        self.refresh()

    def on_resize(self) -> None:
        """More or fewer rows are in view."""
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Titles stay, rows move."""
        super().watch_scroll_y(old_value, new_value)
        self._lay_out()

    def action_page(self, direction: int) -> None:
        """As many rows as the target with the least room shows."""
        shown = [block.shown for block in self._blocks if block.reach]
        self.scroll_to(y=self.scroll_offset.y + direction * max(1, min(shown, default=1)), animate=False)

    # ---- who is pointed at

    def _place(self, line: int) -> Place | None:
        """What stands on a line."""
        for (target, rows), block in reversed(list(zip(self._ranked, self._blocks, strict=True))):
            if line >= block.top:
                at = block.at(line)
                if at is None:
                    last = line == block.top + 1 + block.shown and block.words
                    return Place(target, OUT_OF_VIEW) if last else None
                return Place(target, rows[at] if at >= 0 else TITLE)
        return None

    def _all(self) -> list[tuple[TargetShow, int]]:
        """Every visitor who has come, in view or not, from the top to the bottom."""
        return [(target, row) for target, rows in self._ranked for row in rows]

    def action_row(self, steps: int) -> None:
        """The visitor above or below; the first in view where nobody is chosen."""
        everybody = self._all()
        here = next((at for at, (target, row) in enumerate(everybody) if _chosen(target, row)), None)
        if here is not None:
            at = max(0, min(len(everybody) - 1, here + steps))
        else:
            at = self._blocks[0].first if self._blocks else 0
        if at < len(everybody):
            target, row = everybody[at]
            self.post_message(self.Picked(target, row + 1))

    def show_chosen(self) -> None:
        """Scroll to the chosen visitor, wherever the others stand."""
        for (target, rows), block in zip(self._ranked, self._blocks, strict=True):
            row = target.book.chosen.number - 1
            if row in rows:
                to = block.scroll_to(rows.index(row), self.scroll_offset.y)
                self.scroll_to(y=to, animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        """Whose line it is; the same once more lets go."""
        offset = event.get_content_offset(self)
        place = self._place(offset.y) if offset else None
        if place is not None and place.row >= 0:
            self.post_message(self.Picked(place.target, 0 if _chosen(*place) else place.row + 1))

    # ---- lines

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None

    def render_line(self, y: int) -> Strip:
        """Worked out when it is asked for: a long run costs no more than what is seen of it."""
        place = self._place(y)
        if place is None:
            return Strip.blank(self.size.width, self.rich_style)
        self._palette = self._palette or Palette.of(self.app)
        return self._line(place, self._palette)

    def _title(self, target: TargetShow) -> str:
        """As much of it as there is room for."""
        score = target.score().words(target.over_ns if target.at_end else 0)
        name = target.trace.facts.name
        wordings = (f"{pane_title(target.trace)}   {score}", f"{name}   {score}", score)
        return next((words for words in wordings if len(words) <= self.size.width), name)

    def _out_of_view(self, target: TargetShow) -> str:
        pairs = zip(self._ranked, self._blocks, strict=True)
        return next((block.words for ranked, block in pairs if ranked.target is target), "")

    def _line(self, place: Place, palette: Palette) -> Strip:
        target, row = place
        ground = self.rich_style
        words = ground + Style(color=palette.style((LABEL, EMPTY)).color)
        faint = ground + Style(color=palette.style((FAINT, EMPTY)).color)
        if row == TITLE:
            return _fitted([Segment(self._title(target), words + Style(bold=True))], self.size.width, ground)
        if row == OUT_OF_VIEW:
            return _fitted([Segment(" " * GUTTER + self._out_of_view(target), faint)], self.size.width, ground)
        chosen = _chosen(target, row)
        label = words + Style(reverse=True, bold=True) if chosen else faint
        start_ns = target.start_ns
        window = Window(start_ns + self._stretch[0], start_ns + self._stretch[1], self.columns)
        segments = [
            Segment(f"{who(target.trace, row, target.playhead_ns):<{GUTTER - 1}}", label),
            Segment("▸" if chosen else " ", words),
            *palette.segments(bar(target.trace, row, window, target.playhead_ns)),
            Segment(f" {how_long(target.trace, row, target.playhead_ns)}", words),
        ]
        return _fitted(segments, self.size.width, ground)


def _chosen(target: TargetShow, row: int) -> bool:
    return row >= 0 and target.book.chosen.number == row + 1


def _fitted(segments: list[Segment], width: int, ground: Style) -> Strip:
    return Strip(segments).adjust_cell_length(width, ground)


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

    def draw(self, targets: list[TargetShow], order: str, stretch: tuple[int, int], playhead_ns: int) -> None:
        """One frame."""
        key = Content.assemble(("k", "bold $accent"), (" sorts", "$faint"))
        sorted_by = [Content(f"{words}by {order} · ") + key for words in ("sorted ", "")]
        self.query_one("#fall-legend", EdgeLine).say([_legend(2), _legend(1)], [*sorted_by, Content(order)])
        self.rows.draw(targets, order, stretch)
        self.query_one(Ruler).measure(stretch, playhead_ns)
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
