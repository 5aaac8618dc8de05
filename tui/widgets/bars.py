"""The keys that do something now, those of the mode first, as many as there is room for; a click presses one.

The nine modes and which of them is on; a click chooses one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from asgi_vs_wsgi.tui.modes import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events


ALWAYS = ("run", "help", "quit")
"""Bindings that are never left out: `?` tells the others."""
NEEDED = ("run", "stop", "clear", "back", "pause", "measure", "tournament", "again", "earlier", "lesson", "recents")
"""Those of every mode, from the one that is needed most; the others follow, and what does not fit is left out."""
LAST = ("help", "quit")
MANY = "many-"
"""Begins the id of several keys in one: which of them a click means nobody could say."""


class KeyBar(Widget):
    """Reads the screen's bindings; those with `show` are offered."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._offered: list[Binding] = []
        self._places: list[tuple[int, int, Binding]] = []

    def refresh_keys(self, own: Sequence[Binding] = ()) -> None:
        """Something has changed that decides which keys do something; `own` are the mode's."""
        known = {binding.id for binding in own}
        others = [binding for binding in _bindings(self) if binding.id not in known]
        keys = [*own, *sorted(others, key=_place)]
        offered = [binding for binding in keys if self.screen.check_action(binding.action, ())]
        if offered != self._offered:
            self._offered = offered
            self.refresh()

    def render(self) -> Content:
        """`enter run   m measure   ? help   q quit`."""
        keys = self._fitting(self.size.width - 1)
        self._places, at, parts = [], 1, [Content(" ")]
        for binding in keys:
            length = _length(binding)
            self._places.append((at, at + length, binding))
            parts += [
                Content.styled(_key(binding), "bold $footer-key-foreground"),
                Content(f" {binding.description}   "),
            ]
            at += length + 3
        return Content("").join(parts)

    def _fitting(self, width: int) -> list[Binding]:
        keys = list(self._offered)
        while keys and sum(_length(key) + 3 for key in keys) - 3 > width:
            spare = [key for key in keys if key.id not in ALWAYS]
            if not spare:
                break
            keys.remove(spare[-1])
        return keys

    async def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for start, end, binding in self._places:
            if start <= event.x < end and not (binding.id or "").startswith(MANY):
                await self.screen.run_action(binding.action)


def _bindings(widget: Widget) -> list[Binding]:
    return [binding for binding in type(widget.screen).BINDINGS if isinstance(binding, Binding) and binding.show]


def _place(binding: Binding) -> int:
    if binding.id in LAST:
        return len(NEEDED) + 1 + LAST.index(binding.id)
    return NEEDED.index(binding.id) if binding.id in NEEDED else len(NEEDED)


def _key(binding: Binding) -> str:
    return binding.key_display or binding.key


def _length(binding: Binding) -> int:
    return len(_key(binding)) + 1 + len(binding.description)


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
