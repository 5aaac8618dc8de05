"""The lanes of one target: a bordered pane whose lines come from a drawing.Pane, frame by frame.

╭─ WSGI · gunicorn sync · 2 workers · one visitor per worker ───────────╮
│ in line    ▇▇▇▇▇▇▆▆▆▆ 16                                              │
│ worker 1   ▓▓▓1▓▓▓▓▓▓3▓▓                                              │
│ worker 2   ▓▓▓2▓▓▓▓▓▓4▓▓                                              │
╰──────────────────────────────────────────── 4/32 done · p95 0.41 s ───╯
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.drawing.count_row import CountRow
from tui.drawing.pane import Line
from tui.drawing.roles import EMPTY, FAINT, GRAIN, INK, LABEL, Cell, glyph
from tui.drawing.text import GUTTER, pane_title
from tui.drawing.window import Window
from tui.show import TargetShow
from tui.widgets.palette import Palette

HOLDS = {"worker": "one visitor per worker", "thread": "one visitor per thread", "none": "sets visitors aside"}


class LanesView(ScrollView, can_focus=True):
    """Draws a frame when told to; between frames it only hands out lines that it has kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Earlier lanes", show=False),
        Binding("down", "scroll_down", "Later lanes", show=False),
        Binding("pageup", "page_up", "A page of lanes up", show=False),
        Binding("pagedown", "page_down", "A page of lanes down", show=False),
    ]
    HELP = """\
Each row is a place where one visitor at a time can be: a worker, a thread of it, or (below an event loop) \
a visitor that the loop has begun. A bar is a visitor, its number in the middle; its colour and sign say what \
it did. `in line` counts those whom no worker has begun, `set aside` those whom an event loop has suspended.

Where a worker has more rows than there is room, `+12 more` counts them: scroll to see them.
"""

    def __init__(self, target: TargetShow) -> None:
        super().__init__(classes="lanes")
        self.target = target
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._seen: list[tuple[str, int, int]] = []
        self._tall = 1
        self._palette: Palette | None = None
        self._stretch: tuple[int, int] | None = None

    @property
    def columns(self) -> int:
        """How many cells a lane has."""
        return max(1, self.size.width - GUTTER)

    @property
    def lines_wanted(self) -> int:
        """The height that shows every lane in one line each."""
        return self.target.pane.wanted

    def fit(self, height: int, tall: int) -> None:
        """The stage gives so many lines, borders included, and so many to each lane."""
        if tall != self._tall:
            self._tall = tall
            self._forget()
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def draw(self, stretch: tuple[int, int]) -> None:
        """One frame: `stretch` of this target's clock, up to its playhead."""
        target, self._stretch = self.target, stretch
        window = Window(target.start_ns + stretch[0], target.start_ns + stretch[1], self.columns)
        self._lines = target.pane.frame(window, target.playhead_ns, self._room())
        self._set_reach()
        self._refresh_changed()
        self._write_border()

    def _room(self) -> int:
        """How many rows there is room for, counting a tall lane as one."""
        counts = len(self.target.book.counts)
        return counts + max(1, (self.size.height - counts) // self._tall)

    def _write_border(self) -> None:
        """As much of the title as there is room for, and the score."""
        title, subtitle = self._title(), self._subtitle()
        if title != self.border_title:
            self.border_title = title
        if subtitle != self.border_subtitle:
            self.border_subtitle = subtitle

    def _title(self) -> str:
        trace = self.target.trace
        full = f"{pane_title(trace)} · {HOLDS[trace.facts.slot]}"
        return next(
            (words for words in (full, pane_title(trace)) if len(words) <= self.size.width - 4), trace.facts.name
        )

    def _subtitle(self) -> str:
        lost = sum(worker.lost for worker in self.target.trace.workers.values())
        words = self.target.score().words(self.target.over_ns if self.target.at_end else 0)
        return f"{words} · {lost} events lost" if lost else words

    def _set_reach(self) -> None:
        size = Size(self.size.width, self.size.height + self.target.pane.reach(self._room()))
        if size != self.virtual_size:
            self.virtual_size = size

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling moves the lanes of all workers, under their counts and loops."""
        super().watch_scroll_y(old_value, new_value)
        if self.target.pane.scroll != round(new_value):
            self.target.pane.scroll = round(new_value)
            self.draw_again()

    def draw_again(self) -> None:
        """The same moment once more."""
        if self._stretch is not None:
            self.draw(self._stretch)

    def on_resize(self) -> None:
        """More or fewer rows and columns."""
        self._forget()
        self.draw_again()

    def _refresh_changed(self) -> None:
        """Ask only for what differs from the last frame."""
        seen = [(line.label, id(line.row), line.row.version) for line in self._lines]
        first_column, rows = self.size.width, []
        for index, (now, line) in enumerate(zip(seen, self._lines, strict=True)):
            before = self._seen[index] if index < len(self._seen) else None
            if now == before:
                continue
            rows.append(index)
            extended = before is not None and before[:2] == now[:2] and now[2] == before[2] + 1
            first_column = min(first_column, GUTTER + line.row.changed_from if extended else 0)
        if len(seen) < len(self._seen):
            rows.append(len(self._seen))
            first_column = 0
        self._seen = seen
        if rows:
            self._invalidate(rows[0], rows[-1], first_column)

    def _invalidate(self, first: int, last: int, column: int) -> None:
        top, bottom = self._top_of(first), self._top_of(last + 1)
        for y in range(top, max(bottom, len(self._strips))):
            self._strips.pop(y, None)
        self.refresh(Region(column, top, self.size.width - column, bottom - top))

    def _top_of(self, index: int) -> int:
        counts = len(self.target.book.counts)
        return index if index <= counts else counts + (index - counts) * self._tall

    def _forget(self) -> None:
        self._strips.clear()
        self._seen = []

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """A line that was kept, or made now from its row's cells."""
        strip = self._strips.get(y)
        if strip is None or strip.cell_length != self.size.width:
            strip = self._strips[y] = self._strip(y)
        return strip

    def _strip(self, y: int) -> Strip:
        if self._palette is None:
            self._palette = Palette(self.app.theme_variables)
        index, part = self._at(y)
        if index >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        line = self._lines[index]
        middle = part == (self._tall - 1) // 2
        label = line.label if middle or isinstance(line.row, CountRow) else ""
        cells = line.row.cells if middle else [_bare(cell) for cell in line.row.cells]
        return self._palette.strip(Segment(f"{label[: GUTTER - 1]:<{GUTTER}}", self._label_style(line)), cells)

    def _at(self, y: int) -> tuple[int, int]:
        """(row, line within the row) at a height; a count has one line."""
        counts = len(self.target.book.counts)
        if y < counts:
            return y, (self._tall - 1) // 2
        index, part = divmod(y - counts, self._tall)
        return counts + index, part

    def _label_style(self, line: Line) -> Style:
        assert self._palette is not None
        paint = LABEL if line.label[:1].isalpha() else FAINT
        return self.rich_style + Style(color=self._palette.style((paint, EMPTY)).color)


def _bare(cell: Cell) -> Cell:
    """The cell without a number on it."""
    char, paint, ground = cell
    return (glyph(ground), ground + GRAIN, ground) if paint == INK else (char, paint, ground)
