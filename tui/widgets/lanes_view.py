"""The lanes of one target: a bordered pane whose lines come from a drawing.Pane, frame by frame.

╭─ WSGI · gunicorn sync · 2 workers · one visitor per worker ───────────╮
│ in line    ▇▇▇▇▇▇▆▆▆▆ 16                                              │
│ worker 1   ▓▓▓1▓▓▓▓▓▓3▓▓                                              │
│ worker 2   ▓▓▓2▓▓▓▓▓▓4▓▓                                              │
╰─ 14 more lanes ──────────────────────────── 4/32 done · p95 0.41 s ───╯
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from asgi_vs_wsgi.tui.action_text import press
from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, FAINT
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import on_next_lane
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.text.text_width import pad_right, width, wrap
from asgi_vs_wsgi.tui.widgets.lane_lines import LaneLines, Palette
from asgi_vs_wsgi.tui.widgets.lanes_border import border_rest, border_score, border_title, empty_words, tight_line
from asgi_vs_wsgi.tui.widgets.vi_keys import vi_bindings

if TYPE_CHECKING:
    from textual import events

    from asgi_vs_wsgi.tui.drawing.lanes.pane import Line
    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback


GOING = "-going"
"""A class of a pane: others are at their end, and this one is not."""


class LanesView(ScrollView, can_focus=True):
    """Draws a frame when told to; between frames it only hands out lines that it has kept."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "lane(-1)", "The visitor on the lane above", show=False),
        Binding("down", "lane(1)", "The visitor on the lane below", show=False),
        Binding("pageup", "page(-1)", "A page of lanes up", show=False),
        Binding("pagedown", "page(1)", "A page of lanes down", show=False),
        *vi_bindings("lane(1)", "lane(-1)", "first_lane", "last_lane"),
        Binding("h", f"screen.{press('step', -1)}", "A little earlier", show=False),
        Binding("l", f"screen.{press('step', 1)}", "A little later", show=False),
    ]
    HELP = """\
Each row is a place where one visitor at a time can be: a worker, a thread of it, or (below an event loop) \
a visitor that the loop has begun. A bar is a visitor, its number in the middle; its colour and sign say what \
it did. `in line` counts those whom no worker has begun, `awaiting` those whom an event loop has suspended; \
while another visitor holds that loop they cannot go on, and are `stalled`. Ticks on a bar are the pieces of its \
answer, as they came to the visitor, where the scale has room for them.

Click on a bar, or go up and down (k and j) from lane to lane, to read a visitor's story; n and p go to the next \
visitor and the one before, h and l a little earlier and later. The same visitor is marked on every server, and tab \
goes to its story on the next one. Click on a worker's name, or press w, to read that worker's; w goes on to the \
workers of the next server.

Where there are more lanes than room, `12 more lanes` on the lower border counts them: the mouse wheel and pgup, pgdn \
scroll. A line below a loop is used again when it is free: `1 …` stands for visitor 1 and those who followed.

`lost` is there where visitors were: ✕ is one that had no answer (refused, broken off, out of patience), → one that \
left on purpose before it came.

`15 alike` stands for lanes that look like the one above it, where not all have room; z shows them all, and folds them \
again. Who is chosen, or fared otherwise, is never folded away, and no worker that ended.

A worker's row ends with ✕ where it died, and with ■ where it ended because it was told to (a reload, a stop, its \
number of requests). ▲ on the time axis is what was done to the servers; N and P step to it, too.

After the answer a loop may not come to finish a request for a while: ┄ is what the worker still has of it when its \
visitor has been answered, × the same where its visitor left without an answer.

╪ on a loop's row is the loop's own work, outside any request: a background task, a timer, a callback, or the server \
itself. It holds the loop like any other step; what is shorter than a millisecond is not shown.

`own thread` (╫) and `child proc` (╬) below a worker are what its views have started themselves: threads, and \
processes with all that is below them. A bar is CPU that was used, by the clock of the thread between two looks, or of \
the process between two readings a tenth of a second apart; `×3` is the most at once so far. No visitor's time is in \
it: who waits for them is blocked.
"""

    class DrawnAgain(Message):
        """Between frames: by another size, scrolled, or in other colours; or the first is waited for."""

    class Picked(Message):
        """Somebody points at a visitor, by number; 0: at nobody."""

        def __init__(self, target: TargetPlayback, number: int) -> None:
            super().__init__()
            self.target = target
            self.number = number

    class WorkerPicked(Message):
        """Somebody points at a worker, by number; 0: at none."""

        def __init__(self, target: TargetPlayback, index: int) -> None:
            super().__init__()
            self.target = target
            self.index = index

    def __init__(self, target: TargetPlayback) -> None:
        super().__init__(classes="lanes")
        self.target = target
        self._stretch: tuple[int, int] | None = None
        self._tall = 1
        self._drawn: LaneLines | None = None
        self._empty = ""
        """What an empty pane says."""
        self._titled = ""
        """What the title says; Textual's own `border_title` would give it back as markup."""

    @property
    def columns(self) -> int:
        """How many cells a lane has."""
        return max(1, self.size.width - GUTTER)

    @property
    def drawn_roles(self) -> frozenset[int]:
        """What has been drawn so far."""
        return self._drawn.roles if self._drawn else frozenset()

    def fit(self, height: int, tall: int, *, tight: bool = False) -> None:
        """The main area gives so many lines, with borders, and so many to each lane; `tight` has no lower border."""
        self.set_class(tight, "-tight")
        if tall != self._tall:
            self._tall, self._drawn = tall, None
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    # ---- a frame

    def draw(self, stretch: tuple[int, int]) -> None:
        """One frame: `stretch` of this target's clock, up to its playhead."""
        target, self._stretch = self.target, stretch
        window = Window(target.start_ns + stretch[0], target.start_ns + stretch[1], self.columns)
        self._keep([] if self._say_empty() else target.pane.frame(window, target.playhead_ns, self._room()))
        self._set_reach()
        self._write_border()

    def draw_empty(self) -> None:
        """Whose pane it is, and what it waits for, or why nothing will come."""
        self._say_empty()
        self._title(border_title(self.target, self.size.width))

    def _say_empty(self) -> bool:
        """Whether there are words in place of lanes."""
        words = empty_words(self.target)
        if words != self._empty:
            self._empty, self._drawn = words, None
            self.refresh()
        return bool(words)

    def draw_again(self) -> None:
        """The same moment once more; whoever explains what is drawn is told, since other rows may be in view."""
        if self._stretch is not None:
            self.draw(self._stretch)
            self.post_message(self.DrawnAgain())

    def _room(self) -> int:
        """How many rows there is room for, counting a tall lane as one."""
        if self._tall == 1:
            return max(1, self.size.height)
        counts = len(self.target.book.counts)
        return counts + max(1, (self.size.height - counts) // self._tall)

    def _keep(self, lines: list[Line]) -> None:
        """Keep the frame, and ask for a repaint of what differs from the last one; of all where there is none."""
        counts = len(self.target.book.counts)
        first = self._drawn is None or self._drawn.counts != counts
        if self._drawn is None or first:
            self._drawn = LaneLines(Palette.for_app(self.app), self._tall, counts)
        regions = self._drawn.replace_lines(lines, self.size.width)
        if first or regions:
            self.refresh(*([] if first else regions))

    def _set_reach(self) -> None:
        """How far one can scroll."""
        size = Size(self.size.width, self.size.height + self.target.pane.reach(self._room()))
        if size != self.virtual_size:
            self.virtual_size = size

    def _write_border(self) -> None:
        """As much of the title as there is room for, what is out of view, and the score."""
        if self.has_class("-tight"):
            title, score = tight_line(
                self.target, self.size.height, self.outer_size.width, still_going=self.has_class(GOING)
            )
            self._say(title, score, "", -1)
            return
        score = border_score(self.target, still_going=self.has_class(GOING))
        rest = border_rest(self.target.pane, self._room(), self.size.width - width(score))
        self._say(border_title(self.target, self.size.width), score, rest, self.size.height)

    def _say(self, title: str, score: str, rest: str, line: int) -> None:
        """`line`: where all but the title stands."""
        self._title(title)
        if self._drawn is not None and self._drawn.say(score, rest):
            self.refresh(Region(0, line, self.size.width, 1))

    def _title(self, title: str) -> None:
        if title == self._titled:
            return
        self._titled = title
        self.border_title = Content(title)
        if self._drawn is not None:
            self._drawn.forget_frame()

    def action_page(self, direction: int) -> None:
        """A page of the worker with the fewest lanes in view."""
        page = self.target.pane.page(self._room())
        self.scroll_to(y=self.scroll_offset.y + direction * page, animate=False)

    def action_half_page(self, direction: int) -> None:
        """Half of that."""
        page = max(1, self.target.pane.page(self._room()) // 2)
        self.scroll_to(y=self.scroll_offset.y + direction * page, animate=False)

    def action_first_lane(self) -> None:
        """To the first lanes."""
        self.scroll_to(y=0, animate=False)

    def action_last_lane(self) -> None:
        """To the last ones."""
        self.scroll_to(y=self.max_scroll_y, animate=False)

    # ---- who is pointed at

    def show_chosen(self) -> None:
        """Scroll to the line of the chosen visitor."""
        if number := self.target.book.chosen.marked:
            request = self.target.trace.visits.first_id + number - 1
            self.scroll_to(y=self.target.pane.scroll_to(request, self._room()), animate=False, immediate=True)

    def action_lane(self, steps: int) -> None:
        """From the chosen visitor to the one on the next lane at the same time."""
        target, number = self.target, self.target.book.chosen.number
        if found := on_next_lane(target.book, number, steps, target.playhead_ns):
            self.post_message(self.Picked(target, found))

    def on_click(self, event: events.Click) -> None:
        """Whose bar it is; on a name, the worker, or who is on the lane or was last. The same once more lets go."""
        place = event.get_content_offset(self)
        row = self._drawn.row_at(place.y) if place and self._drawn else None
        if place and row and place.x < GUTTER and (index := self.target.pane.worker_of(row, self._room())):
            self.post_message(self.WorkerPicked(self.target, index))
            return
        if not isinstance(row, BarRow) or place is None:
            number = 0
        elif place.x < GUTTER:
            number = row.number(last) if (last := row.before(self.target.playhead_ns)) >= 0 else 0
        else:
            number = row.number_at(place.x - GUTTER)
        self.post_message(self.Picked(self.target, 0 if number == self.target.book.chosen.number else number))

    # ---- what Textual asks and tells

    def render_lines(self, crop: Region) -> list[Strip]:
        """Borders and ground are Textual's, made once; what stands on them is ours, and kept.

        Textual's own way would style and filter every line of a pane anew in every frame.
        """
        if self._drawn is None:
            return super().render_lines(crop)
        if not self._drawn.frame:
            whole = super().render_lines(Region(0, 0, *self.outer_size))
            if not whole:
                return []
            self._drawn.put_on(whole, self.gutter, self.get_line_filters())
        if crop.width == self.outer_size.width:
            return [self._drawn.strip(y) for y in crop.line_range]
        return [self._drawn.part(y, *crop.column_span) for y in crop.line_range]

    def render_line(self, y: int) -> Strip:
        """The ground that the lanes are drawn on, or the words of an empty pane."""
        lines = wrap(self._empty, max(1, self.size.width)) if self._empty else []
        if y >= len(lines):
            return Strip.blank(self.size.width, self.rich_style)
        faint = self.rich_style + Style.from_color(Palette.for_app(self.app).style((FAINT, EMPTY)).color)
        return Strip([Segment(pad_right(lines[y], self.size.width), faint)], self.size.width)

    def notify_style_update(self) -> None:
        """Another theme, or the focus, has other colours."""
        super().notify_style_update()
        self._drawn = None
        self.call_after_refresh(self.draw_again)

    def on_resize(self) -> None:
        """More or fewer rows and columns; or the first, which no frame follows where the run stands still."""
        self._drawn = None
        if self._stretch is None:
            self.post_message(self.DrawnAgain())
        else:
            self.draw_again()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling moves the lanes of all workers, under their counts and loops."""
        super().watch_scroll_y(old_value, new_value)
        if self.target.pane.scroll != round(new_value):
            self.target.pane.scroll = round(new_value)
            self.draw_again()
