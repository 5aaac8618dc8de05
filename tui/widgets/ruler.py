"""The time axis under the panes, in line with their lanes, with the playhead on it; the mouse moves the playhead.

0        0.5       1.0  █    1.5       2.0 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.time_axis import Window, ruler_text

if TYPE_CHECKING:
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
