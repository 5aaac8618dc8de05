"""Recent runs: when, what, and how it came out; one is opened, or thrown away.

╭─ Recent runs ─────────────────────────────────────────────────────────────╮
│ 24 Nov 09:15   Slow I/O        race      32 visitors · 200 ms             │
│                gunicorn-sync 3.24 s · uvicorn 0.26 s                      │
╰────────────────────── enter opens   e exports   d throws away   esc closes ─╯
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from asgi_vs_wsgi.scenarios.storage.history_entry import TOURNAMENT, HistoryEntry, RunOutline
from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.scenarios.wording import count, named, thousands
from asgi_vs_wsgi.tui.report.figures import in_seconds
from asgi_vs_wsgi.tui.report.run_report import parameter_words, stopped_words, visitor_words
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES
from asgi_vs_wsgi.tui.text.text_width import wrap
from asgi_vs_wsgi.tui.widgets.filtered_list import FilteredList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from asgi_vs_wsgi.scenarios.storage.history import RunHistory
    from asgi_vs_wsgi.tui.screens.playlist import Playlist

KEYS = "enter opens   / narrows   e exports   d throws away   esc closes"
SURE = "d again throws this run away   enter opens   esc closes"
WIDEST, AROUND = 84, 7
"""Columns of the box at most (of the window, 95 of 100), and those beside the words in it."""
INDENT = 15
"""Columns of the date."""
NO_BREAK = "\u00a0"
NOTHING = "No run is kept here. Runs are kept as they end, from here or from the command line."


FILE = "file:"
"""Begins the id of one of the files that were opened together."""


class RecentsScreen(ModalScreen[HistoryEntry | int | None]):
    """Ends with the card of the run to be opened, the place of a file that was opened, or None for none of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,o,q", "dismiss", "close", key_display="esc"),
        Binding("e", "export", "export", tooltip="Export the run: for DevTools, Perfetto, pandas and others"),
        Binding("d,delete", "delete", "throw away", tooltip="Throw the run away"),
        Binding("question_mark,f1", "app.help", "help", tooltip="Explain this list"),
        *DIGITS_IN_BOXES,
    ]

    def __init__(self, shelf: RunHistory, files: Playlist | None = None) -> None:
        super().__init__()
        self._shelf = shelf
        self._files = files if files is not None and len(files.files) > 1 else None
        self._cards: Sequence[HistoryEntry] = ()
        self._doomed: str | None = None
        """The run for which `d` was pressed once."""

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical(id="recents") as box:
            box.border_title = "Recent runs"
            box.border_subtitle = KEYS
            yield FilteredList(id="runs")
            yield Static(id="damaged")

    def on_mount(self) -> None:
        """What there is now."""
        self._list_anew(0)

    @property
    def _width(self) -> int:
        """Of a line in the list, beside a scrollbar."""
        return min(WIDEST, self.app.size.width * 95 // 100) - AROUND

    def _list_anew(self, place: int) -> None:
        self._doom(None)
        self._cards, damaged = self._shelf.cards()
        runs = self.query_one("#runs", FilteredList)
        files = self._files
        opened = [_of_file(files.words(at), at) for at in range(len(files.files))] if files else []
        kept = [Option(_told(card, self._width), id=card.name) for card in self._cards]
        runs.list_anew([*opened, *(kept or [Option(NOTHING, disabled=True)])])
        if files and place < len(opened):
            runs.highlighted = place or files.at
        elif self._cards:
            runs.highlighted = min(place, len(opened) + len(self._cards) - 1)
        runs.focus()
        words = f"{damaged} more that cannot be read" if damaged else ""
        self.query_one("#damaged", Static).update(Content.styled(words, "$faint"))
        self.query_one("#damaged").display = bool(words)

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        if self.app.screen is self:  # a second enter may have come before the first one closed the list
            name = event.option_id or ""
            if name.startswith(FILE):
                self.dismiss(int(name.removeprefix(FILE)))
            else:
                self.dismiss(next(card for card in self._cards if card.name == name))

    @on(FilteredList.Narrowed)
    def _entitle(self, event: FilteredList.Narrowed) -> None:
        self._doom(None)
        self.query_one("#recents").border_title = Content(event.title or "Recent runs")

    @on(OptionList.OptionHighlighted)
    def _spare(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor has moved on: the run that it was on stays."""
        if event.option_id != self._doomed:
            self._doom(None)

    def _doom(self, name: str | None) -> None:
        self._doomed = name
        self.query_one("#recents").border_subtitle = KEYS if name is None else SURE

    def action_export(self) -> None:
        """Write the one under the cursor as a file for other tools."""
        option = self.query_one("#runs", OptionList).highlighted_option
        card = next((card for card in self._cards if option is not None and card.name == option.id), None)
        export = getattr(self.app, "export_recent", None)
        if card is not None and export is not None:
            self._doom(None)
            export(card)

    def action_delete(self) -> None:
        """Throw the one under the cursor away, when asked twice."""
        option = self.query_one("#runs", OptionList).highlighted_option
        card = next((card for card in self._cards if option is not None and card.name == option.id), None)
        if card is None:
            return
        if card.name == self._doomed:
            self._throw_away(card)
        else:
            self._doom(card.name)

    def _throw_away(self, card: HistoryEntry) -> None:
        place = self.query_one("#runs", OptionList).highlighted or 0
        try:
            self._shelf.delete(card)
        except OSError as error:
            self.notify(f"it was not thrown away: {error.strerror}", severity="error")
        self._list_anew(place)


def _of_file(words: str, place: int) -> Option:
    return Option(Content.assemble(("opened  ", "$faint"), (printable(words), "bold")), id=f"{FILE}{place}")


def _told(card: HistoryEntry, width: int) -> Content:
    """When, what and how it came out; what takes more than a line goes on below its beginning."""
    when = time.strftime("%d %b %H:%M", time.localtime(card.kept_s))
    setting = " · ".join([visitor_words(card.load, card.beside), *parameter_words(card.parameters)])
    head = _wrapped(f"{when:<{INDENT}}{card.title}   {card.mode}   {setting}", "", width)
    outcome = Content.styled(_wrapped(_outcome(card), " " * INDENT, width), "$faint")
    title = Content(head).stylize("$faint", 0, INDENT).stylize("bold", INDENT, INDENT + len(card.title))
    return Content("\n").join([title, outcome])


def _wrapped(words: str, indent: str, width: int) -> str:
    """What belongs together stays on one line: `uvicorn 0.26 s`."""
    kept = f"{NO_BREAK}· ".join(part.replace(" ", NO_BREAK) for part in words.split(" · "))
    kept = indent.replace(" ", NO_BREAK) + kept
    return "\n".join(wrap(kept, width, indent=" " * INDENT)).replace(NO_BREAK, " ")


def _outcome(card: HistoryEntry) -> str:
    if card.mode == TOURNAMENT:
        return _ranks(card)
    took = " · ".join(map(_took, card.targets))
    return " · ".join(filter(None, [took, stopped_words(card.stopped)[1] if card.stopped else ""]))


def _took(target: RunOutline) -> str:
    """How long, and of how many where that is not all: who turns visitors away is done sooner."""
    if target.without_page and target.planned:
        served = f"{thousands(target.planned - target.without_page)} of {thousands(target.planned)} served"
        return f"{named(target.name)} {in_seconds(target.makespan_s)} ({served})"
    return f"{named(target.name)} {in_seconds(target.makespan_s)}"


def _ranks(card: HistoryEntry) -> str:
    done, total = card.measured or (0, 0)
    ranks = [f"{target.rank} {named(target.name)}" for target in card.targets if target.rank]
    return " · ".join([*([f"stopped after {done} of {count(total, 'measurement')}"] if done < total else []), *ranks])
