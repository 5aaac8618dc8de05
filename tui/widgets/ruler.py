"""The time axis under the panes, in line with their lanes, with the playhead on it; the mouse moves the playhead.

0        0.5       1.0  █    1.5       2.0 s

What the colours and signs mean; always in view.

A line with words at its left and its right end; where both do not fit, shorter ones are taken.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, GRAIN, LABEL, LONG, SHORT, UNPAINTED, WORDS, legend
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.time_axis import Window, ruler_text
from asgi_vs_wsgi.tui.widgets.lane_lines import Palette

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events


class Ruler(Widget):
    """Shows a stretch of the shared axis, in nanoseconds since the first visitor."""

    ALLOW_SELECT = False

    class Scrubbed(Message):
        """The playhead is to go to `at_ns`; `down` while the button is held, on this stretch."""

        def __init__(self, at_ns: int, stretch: tuple[int, int], *, down: bool) -> None:
            super().__init__()
            self.at_ns, self.stretch, self.down = at_ns, stretch, down

        def can_replace(self, message: Message) -> bool:
            """Of many moves within a frame the last one counts."""
            return isinstance(message, Ruler.Scrubbed)

    def __init__(self, place: str | None = None) -> None:
        super().__init__(id=place)
        self._stretch = (0, 1)
        self._playhead_ns = -1
        """Negative before it was measured."""
        self._held = False
        self._happened: list[tuple[int, str]] = []

    def measure(self, stretch: tuple[int, int], playhead_ns: int, happened: list[tuple[int, str]]) -> None:
        """Show another stretch, the playhead in another column, or something more that was done to a server."""
        before = self._stretch, self._column, self._happened
        self._stretch, self._playhead_ns, self._happened = stretch, playhead_ns, happened
        if (self._stretch, self._column, self._happened) != before:
            self.refresh()

    @property
    def _column(self) -> int:
        """Of the playhead, for as many columns as there are now: a ruler may be measured before it has any."""
        if self._playhead_ns < 0:
            return -1
        start_ns, end_ns = self._stretch
        column = (self._playhead_ns - start_ns) * self._columns // max(1, end_ns - start_ns)
        return max(0, min(self._columns - 1, column))

    @property
    def _columns(self) -> int:
        return max(1, self.size.width - GUTTER)

    def render(self) -> Content:
        """Figures where they belong, and the playhead; nothing while there is no time to be told."""
        if self._playhead_ns < 0:
            return Content()
        words = Content(" " * GUTTER + ruler_text(Window(*self._stretch, self._columns), self._happened))
        at = GUTTER + self._column
        return words.stylize("reverse", at, at + 1) if self._column >= 0 else words

    # ---- the mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The playhead comes to the mouse, and follows it."""
        self._held = True
        self.capture_mouse()
        self._tell(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """While the button is down."""
        if self._held:
            self._tell(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """It stays where it is."""
        if self._held:
            self._held = False
            self.release_mouse()
            self._tell(event)

    def _tell(self, event: events.MouseEvent) -> None:
        start_ns, end_ns = self._stretch
        column = event.x - self.styles.padding.left - GUTTER
        column = max(0, min(self._columns, column))
        at_ns = start_ns + (end_ns - start_ns) * column // self._columns
        self.post_message(self.Scrubbed(at_ns, self._stretch, down=self._held))


BESIDE_STATUS = 150
"""Columns of a screen on which the status line stands beside it."""
STATUS = 90
"""Columns that are left to it there."""


class LegendLine(Widget):
    """Each state's sign in its colours, and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._palette: Palette | None = None
        self._drawn: frozenset[int] = frozenset()

    def tell(self, drawn: frozenset[int]) -> None:
        """Explain these roles too."""
        if drawn & WORDS.keys() != self._drawn:
            self._drawn = drawn & WORDS.keys()
            self.refresh(layout=True)

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None

    def render(self) -> Text:
        """One line; signs are broad and words long where there is room, and words short where there is none."""
        width = self.screen.size.width
        room = width - (STATUS if width >= BESIDE_STATUS else 2)
        long = {role: words for role, words in LONG.items() if role in self._drawn}
        lines = [self._line(2, long), self._line(1, long), self._line(2), self._line(1), self._line(1, SHORT)]
        return next((line for line in lines if line.cell_len <= room), lines[-1])

    def _line(self, breadth: int, short: Mapping[int, str] = MappingProxyType({})) -> Text:
        palette = self._palette = self._palette or Palette.for_app(self.app)
        words = self.rich_style + Style(color=palette.style((LABEL, EMPTY)).color)
        line = Text(no_wrap=True)
        for role, sign, name in legend(self._drawn):
            if role in UNPAINTED:
                line.append(sign, words)
            else:
                line.append(sign * breadth, palette.style((role + GRAIN, role)))
            line.append(f" {short.get(role, name)}  ", words)
        line.rstrip()
        return line


class EdgeLine(Widget):
    """Each end is a list of wordings, the fullest first."""

    def __init__(self, place: str) -> None:
        super().__init__(id=place)
        self._left: tuple[Content, ...] = (Content(),)
        self._right: tuple[Content, ...] = (Content(),)

    def say(self, left: Sequence[Content], right: Sequence[Content]) -> None:
        """Show these words, if they are not what is shown already."""
        if not (_same(left, self._left) and _same(right, self._right)):
            self._left, self._right = tuple(left), tuple(right)
            self.refresh()

    def render(self) -> Content:
        """The fullest pair that fits; the right end gives way first."""
        width = self.size.width
        for left in self._left:
            for right in self._right:
                gap = width - left.cell_length - right.cell_length
                if gap >= 2 or (gap >= 0 and not (left and right)):
                    return Content.assemble(left, " " * gap, right)
        return self._left[-1].truncate(width, ellipsis=True)


def _same(some: Sequence[Content], others: Sequence[Content]) -> bool:
    return len(some) == len(others) and all(one.is_same(other) for one, other in zip(some, others, strict=True))
