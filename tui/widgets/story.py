"""The story of the visitor or worker that is chosen, below the lanes; takes no room while nobody is.

Beside the lanes, where a terminal is wide enough: the chosen one's story, the views' code, or the lesson.

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
from textual.widget import Widget

from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.drawing.visitor_story import end_in_short, story, story_in_short
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback


class StorySubject:
    """One at a time."""

    def __init__(self) -> None:
        self.visitor: tuple[TargetPlayback, int] | None = None
        """A target and the visitor's number."""
        self.worker: tuple[TargetPlayback, WorkerStory] | None = None
        self._others: list[TargetPlayback] = []
        """Where the same visitor has been too."""

    @property
    def target(self) -> TargetPlayback | None:
        """Where the one is who is told of."""
        told = self.visitor or self.worker
        return told[0] if told else None

    def of_visitor(self, targets: Sequence[TargetPlayback], target: TargetPlayback | None, number: int) -> None:
        """Tell of this one from now on; 0: of no one."""
        for each in targets:
            each.book.mark(number if target is not None else 0, told=each is target)
            each.book.mark_worker(0)
        self.worker = None
        self.visitor = (target, number) if target is not None and number else None
        self._others = [each for each in targets if each is not target and number <= len(each.trace.visits)]

    def of_worker(self, targets: Sequence[TargetPlayback], target: TargetPlayback, index: int) -> None:
        """The same of a worker; the one that is told of already is let go of."""
        again = self.worker_index(target) == index
        self.of_visitor(targets, None, 0)
        worker = next((each for each in target.trace.workers.values() if each.index == index), None)
        if worker is not None and not again:
            target.book.mark_worker(index)
            self.worker = (target, WorkerStory(target.trace, worker))

    def worker_index(self, target: TargetPlayback) -> int:
        """The number of the target's worker that is told of, 0 for none."""
        return self.worker[1].worker.index if self.worker and self.worker[0] is target else 0

    def wordings(self) -> list[Content]:
        """Up to the playhead, the fullest first; empty for no one."""
        target = self.target
        if target is None:
            return [Content()]
        name = _name(target)
        if self.visitor is None:
            return [name + (self.worker[1].words(target.playhead_ns) if self.worker else "")]
        of_it = name + story(target.trace, self.visitor[1] - 1, target.playhead_ns)
        return [*(of_it + "\n" + of_others for of_others in self._of_others(self.visitor[1] - 1)), of_it]

    def _of_others(self, row: int) -> Iterator[Content]:
        """What became of the same visitor elsewhere: a line for each target, or all in one."""
        if not self._others:
            return
        told = [(each, each.trace, each.playhead_ns) for each in self._others]
        for most in (2, 1):
            lines = (_name(each) + story_in_short(trace, row, at_ns, most=most) for each, trace, at_ns in told)
            yield Content("\n").join(lines)
        yield Content(" · ").join(_name(each) + end_in_short(trace, row, at_ns) for each, trace, at_ns in told)


def _name(target: TargetPlayback) -> Content:
    return Content.styled(f"{named(target.trace.facts.name)}  ", "$primary")


PADDING = 4
"""Columns at both sides, as in the style sheet."""


class FittedWords(Widget):
    """As many lines as the words need; laid out anew only when that number changes."""

    def __init__(self, place: str) -> None:
        super().__init__(id=place)
        self._words = Content()
        self._width = 0
        self._lines = 0

    def put(self, words: Content, width: int) -> None:
        """These words in so many columns."""
        if words.is_same(self._words) and width == self._width:
            return
        self._words, self._width = words, width
        lines = _lines(words, width)
        if lines != self._lines:
            self._lines = lines
            self.styles.height = lines
            self.display = lines > 0
        self.refresh()

    def render(self) -> Content:
        """The words, wrapped by Textual."""
        return self._words


class Story(FittedWords):
    """Takes no room while there is none."""

    def __init__(self) -> None:
        super().__init__("story")

    def tell(self, wordings: Sequence[Content], width: int, most: int) -> None:
        """Tell the first of these that takes at most so many lines, else the last, in so many columns."""
        room = width - PADDING
        self.put(next((each for each in wordings if _lines(each, room) <= most), wordings[-1]), room)


def _lines(words: Content, width: int) -> int:
    return len(words.wrap(max(20, width))) if words else 0


COLUMNS = 62
"""Of the whole pane, as in the style sheet."""
BORDERS = 5
"""Columns of border, padding and scroll bar."""
LEAST_MAIN_AREA = 138
"""Columns of a main area in which lanes are still lanes beside it."""


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
