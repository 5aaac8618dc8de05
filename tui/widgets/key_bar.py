"""The keys that do something now, those of the mode first, as many as there is room for; a click presses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

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
