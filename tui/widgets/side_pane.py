"""Beside the lanes, where a terminal is wide enough: the chosen one's story, the views' code, or the lesson.

╭ WSGI · gunicorn sync · 2 workers ──────────────────╮╭ Code ─────────────────────╮
│ in line    ▇▇▇▇▇▇▆▆▆▆ 16                           ││   9  def page(request):   │
│ worker 1   ▓▓▓1▓▓▓▓▓▓3▓▓                           ││  12▐     upstream.get()   │
│ worker 2   ▓▓▓2▓▓▓▓▓▓4▓▓                           ││    ▐ ▲ blocked 6.41 s     │
╰────────────────────────────── 4/32 done · p95 … ───╯╰─────────────── v: lesson ─╯
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content

from asgi_vs_wsgi.tui.widgets.story import FittedWords

if TYPE_CHECKING:
    from textual.app import ComposeResult

COLUMNS = 62
"""Of the whole pane, as in the style sheet."""
BORDERS = 5
"""Columns of border, padding and scroll bar."""
LEAST_STAGE = 138
"""Columns of a stage in which lanes are still lanes beside it."""


class SidePane(VerticalScroll):
    """Hidden until it is told something."""

    HELP = """\
Beside the lanes stands what says most about them: the story of the visitor or worker that is chosen, else the views \
with what each line cost until the playhead, as in mode 2, or the lesson. v goes on to the next of them, and after the \
last shuts it. Up and down scroll it while it has the focus.
"""

    def __init__(self) -> None:
        super().__init__(id="side")
        self._title = self._turn = ""
        self._words = FittedWords("side-words")

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._words

    def tell(self, title: str, words: Content, turn: str) -> None:
        """Show these words under this title; `turn` says what the key would do."""
        if title != self._title:
            self.border_title = Content(title)
            self.scroll_home(animate=False)
        if turn != self._turn:
            self.border_subtitle = Content(turn)
        self._title, self._turn = title, turn
        self.display = True
        self._words.put(words, COLUMNS - BORDERS)

    def shut(self) -> None:
        """Give its room back."""
        self.display = False
