"""The nine modes and which of them is on; a click chooses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from asgi_vs_wsgi.tui.modes import NAMES

if TYPE_CHECKING:
    from textual import events


class ModeBar(Widget):
    """`1 watch 2 code 3 compare …`; where there is little room, only the names of keys that are on."""

    class Chosen(Message):
        """Somebody has clicked on a mode."""

        def __init__(self, mode: str) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self) -> None:
        super().__init__(id="modes")
        self._mode = NAMES[0]

    def show_mode(self, mode: str) -> None:
        """This one is on."""
        if mode != self._mode:
            self._mode = mode
            self.refresh()

    def render(self) -> Content:
        """One label after another."""
        return Content(" ").join([self._label(place) for place in range(len(NAMES))])

    def _label(self, place: int) -> Content:
        text = self._text(place)
        if NAMES[place] == self._mode:
            return Content.styled(text, "bold reverse")
        return Content.assemble((text[:1], "bold $footer-key-foreground"), (text[1:], "$faint"))

    def _text(self, place: int) -> str:
        full = sum(len(name) + 3 for name in NAMES) - 1 <= self.size.width
        return f"{place + 1} {NAMES[place]}" if full or NAMES[place] == self._mode else f"{place + 1}"

    def on_click(self, event: events.Click) -> None:
        """Choose the mode under the mouse."""
        at = 0
        for place, name in enumerate(NAMES):
            end = at + len(self._text(place))
            if at <= event.x < end:
                self.post_message(self.Chosen(name))
            at = end + 1
