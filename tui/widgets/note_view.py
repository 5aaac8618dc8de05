"""Words on the main area instead of lanes.

What to watch for, or when that will be told, below the panes, in lines that they do not need.

A tournament on the main area: the ranking as it grows, and at its end what the servers differ in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.report.tournament import out_lines, ranked_by, ranking_table, views_words
from asgi_vs_wsgi.tui.text.text_width import wrap
from asgi_vs_wsgi.tui.widgets.vi_keys import TEXT_MOVES

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.session import Session


def update_if_changed(place: Static, words: Content) -> bool:
    """Show the words, if they are not there already: an update lays out the whole screen anew."""
    if isinstance(place.content, Content) and words.is_same(place.content):
        return False
    place.update(words)
    return True


WIDEST = 110
"""As in the style sheet."""


PADDING = 4


SPACE = 1
"""Lines above it."""


class Words(Static):
    """What a click acts on keeps the colour that says what it is; the mouse over it is answered all the same."""

    @property
    def link_style(self) -> Style:
        """Nothing of its own."""
        return Style.null()


class Lesson(Words):
    """One wording of it is shown whole, or none at all."""

    def __init__(self) -> None:
        super().__init__(id="lesson")
        self._wordings: list[Content] = []

    def teach(self, *wordings: Content) -> None:
        """The first of these for which there will be room."""
        self._wordings = [words for words in wordings if words]

    @property
    def taken(self) -> int:
        """The lines that it takes now."""
        return self.outer_size.height if self.display else 0

    def fit(self, spare: int, width: int) -> None:
        """Into so many lines, which count those that it takes now, and columns."""
        columns = max(1, min(WIDEST, width) - PADDING)
        fitting = [words for words in self._wordings if len(words.wrap(columns)) + SPACE <= spare]
        if bool(fitting) != self.display:
            self.display = bool(fitting)
        if fitting:
            update_if_changed(self, fitting[0])


class Note(VerticalScroll):
    """Words that may be longer than the room."""

    HELP = "Up and down, or k and j, scroll the text; g and G go to its ends."
    BINDINGS: ClassVar[list[BindingType]] = [*TEXT_MOVES]

    def compose(self) -> ComposeResult:
        """One text."""
        yield Words(id="words")

    def __init__(self) -> None:
        super().__init__(id="note")
        self._subject = ""

    def action_half_page(self, direction: int) -> None:
        """Half of what is seen."""
        self.scroll_relative(y=direction * max(1, self.size.height // 2), animate=False)

    def say(self, words: Content, subject: str, *, broad: bool) -> None:
        """From their beginning, unless they go on about the same; `broad` words have been broken into lines."""
        self.set_class(broad, "-broad")
        if update_if_changed(self.query_one("#words", Static), words) and subject != self._subject:
            self.scroll_home(animate=False)
        self._subject = subject


def tournament_note(session: Session, scenario: Scenario, width: int) -> Content:
    """Title, what goes on, table, sentences, and who did not take part."""
    ranking, progress = session.tournament, session.progress
    lines = [Content.styled(f"Tournament · {scenario.toml.title}", "bold"), Content("")]
    if session.running and progress is not None:
        done = f" · {progress.done} of {count(progress.total, 'measurement')}" if progress.total else ""
        lines += [Content.styled(f"{progress.words}{done}", "$accent"), Content("")]
    if session.phase is Phase.STOPPED:
        after = (
            f" after {progress.done} of {count(progress.total, 'measurement')}" if progress and progress.total else ""
        )
        lines += [Content.styled(f"Stopped{after}. What was measured until then:", "$faint"), Content("")]
    if ranking is None:
        lines.append(Content.styled("Each server in turn is started, measured alone, and ended.", "$faint"))
        return Content("\n").join(lines)
    about = " ".join([ranked_by(ranking), *views_words(ranking)])
    lines += [*(Content(line) for line in wrap(about, width)), Content("")]
    head, *rows = ranking_table(ranking, width)
    lines += [Content.styled(head, "$faint"), *map(Content, rows), Content("")]
    if not session.running:
        lines += [Content(words) for words in ranking.words]
    lines += [Content(""), *(Content.styled(line, "$faint") for line in out_lines(ranking))]
    return Content("\n").join(lines)
