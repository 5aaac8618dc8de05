"""The keys that do something now, those of the mode first, as many as there is room for; a click presses one.

The nine modes and which of them is on; a click chooses one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from asgi_vs_wsgi.tui.modes import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events


ALWAYS = ("run", "lesson", "help", "quit")
"""Bindings that are never left out: `?` tells the others."""
NEEDED = (
    *("run", "stop", "clear", "back", "pause", "measure", "try", "tournament", "again", "earlier", "lesson", "recents"),
)
"""Those of every mode, from the one that is needed most; the others follow, and what does not fit is left out."""
LEAVING = ("stop", "clear", "back")
"""The same of the way out, while they do something."""
NAMED = ("lesson", "try", "measure", "again", "tournament")
"""What the texts on the screen ask somebody to press: they say what it does, so that the key alone is enough."""
GAPS = (3, 2)
"""Blanks between keys."""
LAST = ("help", "quit")
OF_MODE = "mode_"
"""Begins the id of the key of a mode: offered where the order names it and that mode is not on."""
MANY = "many-"
"""Begins the id of several keys in one: which of them a click means nobody could say."""


class KeyBar(Widget):
    """Reads the screen's bindings; those with `show` are offered."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._offered: list[Binding] = []
        self._own: set[str | None] = set()
        self._places: list[tuple[int, int, Binding]] = []
        self._instead = ""

    def tell_instead(self, words: str) -> None:
        """While somebody types, keys are letters; empty: keys again."""
        self._instead = words
        self.refresh()

    def refresh_keys(self, own: Sequence[Binding] = (), order: Sequence[str] = NEEDED) -> None:
        """Something has changed that decides which keys do something; `own` are the mode's, `order` is of the rest."""
        self._own = {binding.id for binding in own}
        others = [each for each in _bindings(self) if each.id not in self._own and _is_wanted(each, order)]
        keys = [*own, *sorted(others, key=lambda binding: _place(binding, order))]
        offered = [binding for binding in keys if self.screen.check_action(binding.action, ())]
        if offered != self._offered:
            self._offered = offered
            self.refresh()

    def render(self) -> Content:
        """`enter run   m measure   ? help   q quit`."""
        keys, gap = self._fitting(self.size.width - 1) if not self._instead else ([], 0)
        self._places, at, parts = [], 1, [Content(f" {self._instead}")]
        for binding in keys:
            length = _length(binding)
            self._places.append((at, at + length, binding))
            words = f" {binding.description}" * bool(binding.description)
            parts += [Content.styled(_key(binding), "bold $footer-key-foreground"), Content(words + " " * gap)]
            at += length + gap
        return Content("").join(parts).rstrip()

    def _fitting(self, width: int) -> tuple[list[Binding], int]:
        """Whole keys and the blanks between them; where not all have room, what is missed least goes first.

        Blanks; then keys that nothing on the screen tells of; then the labels of those which a text there explains;
        then the mode's own, from its last.
        """
        keys, gap = list(self._offered), GAPS[0]
        for gap in GAPS:
            if _taken(keys, gap) <= width:
                return keys, gap
        kept = self._own | {*ALWAYS, *LEAVING, *NAMED}
        for give_way in (
            [key for key in keys if key.id not in kept],
            [key for name in NAMED for key in keys if key.id == name and name not in self._own],
            [key for key in keys if key.id in self._own],
            [key for key in keys if key.id not in ALWAYS],
        ):
            for key in reversed(give_way):
                if _taken(keys, gap) <= width:
                    return keys, gap
                at = _place_of(keys, key)
                bare = key.id in NAMED and bool(keys[at].description) and key.id not in self._own
                keys[at : at + 1] = [replace(key, description="")] if bare else []
        return keys, gap

    async def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for start, end, binding in self._places:
            if start <= event.x < end and not (binding.id or "").startswith(MANY):
                await self.screen.run_action(binding.action)


def _taken(keys: Sequence[Binding], gap: int) -> int:
    return sum(_length(key) + gap for key in keys) - gap


def _place_of(keys: Sequence[Binding], key: Binding) -> int:
    return next((at for at, each in enumerate(keys) if each.id == key.id), len(keys))


def _bindings(widget: Widget) -> list[Binding]:
    return [binding for binding in type(widget.screen).BINDINGS if isinstance(binding, Binding) and binding.show]


def _is_wanted(binding: Binding, order: Sequence[str]) -> bool:
    return binding.id in order or not (binding.id or "").startswith(OF_MODE)


def _place(binding: Binding, order: Sequence[str]) -> int:
    if binding.id in LAST:
        return len(order) + 1 + LAST.index(binding.id)
    return order.index(binding.id) if binding.id in order else len(order)


def _key(binding: Binding) -> str:
    return binding.key_display or binding.key


def _length(binding: Binding) -> int:
    return len(_key(binding)) + bool(binding.description) + len(binding.description)


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
