"""Narrowing by `/`: what is typed after it narrows a list or a text; esc clears it, Enter takes what it has led to.

╭ /blo▏ 1 of 26 ─────╮
│ Holding the loop   │
│  Blocked loop      │
╰────────────────────╯
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList

from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.tui.widgets.vi_keys import vi_bindings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.widgets.option_list import Option


MOST_TYPED = 40
"""Letters; longer than any title."""


BESIDE = "▏"
"""Where the next letter will stand."""


class Typed(Enum):
    """What a key has done."""

    NOTHING = auto()
    """It is none of the filter's: somebody else may obey it."""
    CHANGED = auto()
    TAKEN = auto()
    CLEARED = auto()


class TypedFilter:
    """The words that are being typed."""

    def __init__(self) -> None:
        self.typing = False
        self.text = ""

    def begin(self) -> None:
        """From now on keys are letters."""
        self.typing, self.text = True, ""

    def end(self) -> None:
        """Keys are keys again."""
        self.typing, self.text = False, ""

    def take(self, event: events.Key) -> Typed:
        """A key, if it is for the filter."""
        if not self.typing:
            return Typed.NOTHING
        if event.key == "escape":
            self.end()
            return Typed.CLEARED
        if event.key == "enter":
            return Typed.TAKEN
        if event.key in ("backspace", "ctrl+h"):
            self.text = self.text[:-1]
        elif event.key == "ctrl+u":
            self.text = ""
        elif event.character and event.is_printable:
            self.text = (self.text + event.character)[:MOST_TYPED]
        else:
            return Typed.NOTHING
        return Typed.CHANGED

    def finds(self, words: str) -> bool:
        """Whether each typed word stands in these, in small or capital letters."""
        found = words.casefold()
        return all(word in found for word in self.text.casefold().split())

    def shown(self) -> str:
        """As it stands in a title; empty where nobody types."""
        return f"/{printable(self.text)}{BESIDE}" if self.typing else ""


class PagedList(OptionList):
    """Moves by a page where there is one."""

    BINDINGS: ClassVar[list[BindingType]] = [*vi_bindings("cursor_down", "cursor_up", "first", "last")]

    def action_page_up(self) -> None:
        """A page up."""
        if self._has_room:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """A page down."""
        if self._has_room:
            super().action_page_down()  # type: ignore[no-untyped-call]

    def action_half_page(self, direction: int) -> None:
        """Half a page down or up, to the nearest that can be chosen."""
        open_to = [place for place, option in enumerate(self.options) if not option.disabled]
        if self._has_room and self.highlighted is not None and open_to:
            to = self.highlighted + direction * max(1, self.scrollable_content_region.height // 2)
            self.highlighted = min(open_to, key=lambda place: abs(place - to))

    @property
    def _has_room(self) -> bool:
        region = self.scrollable_content_region
        return region.width > 0 and region.height > 0 and self.highlighted is not None


class FilteredList(PagedList):
    """A list that `/` narrows; headings stay with what they stand above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Narrow the list by what is typed", show=False, priority=True)
    ]
    """At once: letters that come in one piece with it are for the filter already."""

    class Narrowed(Message):
        """What is typed has changed, or nothing is any more."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    def __init__(self, *options: Option, id: str, compact: bool = False) -> None:  # noqa: A002 (Textual's word)
        super().__init__(*options, id=id, compact=compact)
        self.sought = TypedFilter()
        self._whole: Sequence[Option] = options
        self._before: str | None = None
        """What was highlighted when the filter was begun."""

    def list_anew(self, options: Sequence[Option]) -> None:
        """Other options; what was typed no longer narrows them."""
        self._whole = options
        self.sought.end()
        self._list(options)

    def show_option(self, name: str) -> None:
        """Highlight it, also where a filter had left it out."""
        self.unfiltered()
        self.highlighted = self.get_option_index(name)

    def unfiltered(self) -> None:
        """All options again."""
        if self.sought.typing or len(self.options) != len(self._whole):
            self.sought.end()
            self._list(self._whole)
            self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While somebody types it is a letter."""
        return not (action == "filter" and self.sought.typing)

    def action_filter(self) -> None:
        """Begin to type."""
        option = self.highlighted_option
        self._before = option.id if option else None
        self.sought.begin()
        self._tell()

    def on_key(self, event: events.Key) -> None:
        """Letters narrow the list while somebody types."""
        done = self.sought.take(event)
        if done is Typed.NOTHING:
            return
        event.stop()
        event.prevent_default()
        if done is Typed.CHANGED:
            self._list(list(self._left()))
            self._tell()
        else:
            self._end(done)

    def _end(self, done: Typed) -> None:
        option = self.highlighted_option if done is Typed.TAKEN else None
        to = option.id if option else self._before
        self.sought.end()
        self._list(self._whole)
        if to is not None:
            self.highlighted = self.get_option_index(to)
        self._tell()

    def _left(self) -> Iterator[Option]:
        heading: Option | None = None
        for option in self._whole:
            if option.disabled:
                heading = option
            elif self.sought.finds(str(option.prompt)):
                if heading is not None:
                    yield heading
                    heading = None
                yield option

    def _list(self, options: Sequence[Option]) -> None:
        self.clear_options()
        self.add_options(options)
        first = next((place for place, option in enumerate(options) if not option.disabled), None)
        self.highlighted = first
        self.call_after_refresh(self._tell_rest)

    def _tell_rest(self) -> None:
        """How many are out of view, for a list that says so: other options may leave it where it was."""

    def entitle(self, narrowed_by: str) -> None:
        """What is typed, for a list that has a title of its own."""

    def _tell(self) -> None:
        left = sum(not option.disabled for option in self.options)
        whole = sum(not option.disabled for option in self._whole)
        title = f"{self.sought.shown()} {left} of {whole}" if self.sought.typing else ""
        self.entitle(title)
        self.post_message(self.Narrowed(title))
