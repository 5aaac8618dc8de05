"""The part of the screen beside the list: a note in words, or the panes of a recording with ruler and figures.

╭ WSGI · … ───────────────╮
│ in line    ▇▇▅▅▃▃       │     a pane for each target
╰─────────────────────────╯
╭ ASGI · … ───────────────╮
│ in line    ▇            │
╰─────────────────────────╯
             0   0.5   1.0 s    one ruler for all
  uvicorn  32/32  0.23 s …      the figures, once all has been shown

Where the panes of lanes lie, one below the other.

Says how large the terminal should be, in place of lanes that cannot be read.

Too small: 50x12, needs 60x16. q quits.

Other keys do nothing meanwhile: a run would begin unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from asgi_vs_wsgi.tui.drawing.lanes.pane import BORDERS, TIGHT_BORDERS, Need, is_tight, pane_heights
from asgi_vs_wsgi.tui.widgets.lanes_view import GOING, LanesView
from asgi_vs_wsgi.tui.widgets.note_view import Lesson, Note, Words, update_if_changed
from asgi_vs_wsgi.tui.widgets.results_table import Explain, ResultsTable
from asgi_vs_wsgi.tui.widgets.ruler import Ruler
from asgi_vs_wsgi.tui.widgets.story import SidePane, Story, StorySubject
from asgi_vs_wsgi.tui.widgets.waterfall import Waterfall

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.playback.playback import Playback, TargetPlayback


class Panes(Vertical):
    """Tells when its size has changed: its panes are to be divided anew."""

    class Resized(Message):
        """After a layout; of several that wait one is told of, since all is drawn anew for each."""

        def can_replace(self, message: Message) -> bool:
            """By the next one that waits."""
            return isinstance(message, Panes.Resized)

    def on_resize(self) -> None:
        """The board has come, or the terminal has another size."""
        self.post_message(self.Resized())


COLUMNS, LINES = 60, 16
"""Below, panes have no lanes or words are cut everywhere."""


class TooSmall(Widget):
    """Lies over the screen while it has the class."""

    SHOWN = "-too-small"
    """The screen's class."""

    def render(self) -> str:
        """It is drawn anew when the size changes."""
        return f"Too small: {self.size.width}x{self.size.height}, needs {COLUMNS}x{LINES}. q quits."


NOTE, LANES, WATERFALL = "note", "lanes", "waterfall"
"""What a main area can show."""
RULER = 1
ROOM_FOR_BOTH = 26
"""Lines of a main area that can show a story beside the figures."""
STORY_LINES = 5
"""Of a story in a low main area; in a higher one each target may have a line more."""
NOTE_PADDING = 6


class MainArea(Vertical):
    """Shows a note, or a show."""

    def __init__(self) -> None:
        super().__init__(id="main-area")
        self.shows = NOTE
        self.show_shown: Playback | None = None
        self._panes: list[LanesView] = []
        self.told = StorySubject()
        self.story_beside = False
        """Whether the story is told beside the lanes, and not below them."""
        self.gone_to: Widget | None = None
        """The pane that somebody has gone to; which has the focus by itself tells nothing."""
        self.unfolded = False
        """Whether somebody wants to see every lane, whatever the room."""
        self._result: RunResult | None = None
        """What was told of last."""

    def compose(self) -> ComposeResult:
        """Everything but the panes, which come with a recording."""
        yield Words(id="invitation")
        yield Note()
        with Horizontal(id="show"):
            with Vertical():
                yield Panes(id="panes")
                yield Ruler("ruler")
            yield SidePane()
        yield Waterfall()
        yield Story()
        yield Lesson()
        yield ResultsTable()

    def on_resize(self) -> None:
        """The list has gone, or has come back: words are broken anew."""
        self.post_message(Panes.Resized())

    def on_lanes_view_drawn_again(self) -> None:
        """The legend is to speak of what is in view now."""
        self.post_message(Panes.Resized())

    def invite(self, words: Content | None, *, pinned: bool = False) -> None:
        """A few lines above the panes, or `pinned` above words that scroll."""
        place = self.query_one("#invitation", Static)
        place.display = words is not None
        place.set_class(pinned, "-pinned")
        if words is not None:
            update_if_changed(place, words)

    def say(self, words: Content, subject: str = "", *, broad: bool = False) -> None:
        """A note instead of lanes; see Note."""
        self._switch(NOTE)
        self.query_one(Note).say(words, subject, broad=broad)

    @property
    def moved_in(self) -> list[Widget]:
        """What is shown and can be moved in."""
        if self.shows == LANES:
            return [pane for pane in self._panes if pane.is_attached]
        return [self.query_one(Note)] if self.shows == NOTE else [self.query_one(Waterfall).rows]

    @property
    def text_width(self) -> int:
        """The columns that a note has for its lines."""
        return max(20, self.size.width - NOTE_PADDING)

    def set_show(self, show: Playback, *, waterfall: bool = False) -> None:
        """The panes or the waterfall of a recording instead of a note."""
        self._switch(WATERFALL if waterfall else LANES)
        if show is self.show_shown:
            return
        self.choose(None, 0)
        self.show_shown = show
        for pane in self._panes:
            pane.remove()
        self._panes = [LanesView(target) for target in show.targets]
        self.query_one("#panes").mount_all(self._panes)

    def _switch(self, to: str) -> None:
        self.shows = to
        self.query_one(Note).display = to == NOTE
        self.query_one(Waterfall).display = to == WATERFALL
        self.query_one("#show").display = to == LANES
        if to != LANES:
            self.query_one(Lesson).display = False

    @property
    def drawn_roles(self) -> frozenset[int]:
        """What has been drawn so far: the legend explains it."""
        return frozenset().union(*(pane.drawn_roles for pane in self._panes))

    def tell(self, result: RunResult | None, explain: Explain, *, may_measure: bool = True) -> None:
        """The figures, or none yet; where there is little room, a story takes their place, or lanes that are unfolded.

        At the end of a run these are folded again: first it says what came of it.
        """
        board = self.query_one(ResultsTable)
        gutter = board.styles.gutter
        room = self.size.height - RULER - gutter.height - self._invitation_lines
        if result is not None and result is not self._result:
            self.unfolded = False
        self._result = result
        crowded = self.tells_story and not self.story_beside and self.size.height < ROOM_FOR_BOTH
        if self.unfolded and self.shows == LANES:
            room -= sum(BORDERS + pane.target.pane.unfolded for pane in self._panes)
            crowded = crowded or room < 1
        else:
            room -= sum(BORDERS + _least(pane) for pane in self._panes)
        width = self.size.width - gutter.width
        board.tell(None if crowded else result, explain, room=room, width=width, may_measure=may_measure)

    @property
    def _invitation_lines(self) -> int:
        """What is said above the panes takes, with what is blank below it."""
        place = self.query_one("#invitation", Static)
        if not place.display or not isinstance(place.content, Content):
            return 0
        gutter = place.styles.gutter
        return len(place.content.wrap(max(1, self.size.width - gutter.width))) + gutter.height

    # ---- whose story is told

    @property
    def chosen(self) -> tuple[TargetPlayback, int] | None:
        """The visitor whose story is told: a target and a number."""
        return self.told.visitor

    @property
    def _targets(self) -> list[TargetPlayback]:
        return list(self.show_shown.targets) if self.show_shown else []

    def choose(self, target: TargetPlayback | None, number: int) -> None:
        """Mark this visitor and tell its story; 0: nobody's."""
        self.told.of_visitor(self._targets, target, number)
        if self.shows == WATERFALL:
            self.query_one(Waterfall).rows.show_chosen()
        for pane in self._panes:
            pane.show_chosen()

    def turn_to(self, target: TargetPlayback) -> bool:
        """Tell the chosen visitor's story on this target; returns whether it was told on another."""
        turns = self.told.visitor is not None and self.told.visitor[0] is not target
        if self.told.visitor and turns:
            self.choose(target, self.told.visitor[1])
        return turns

    def choose_worker(self, target: TargetPlayback, index: int) -> None:
        """Point at this worker and tell its story; 0, or the same again: no one's."""
        self.told.of_worker(self._targets, target, index)

    def next_worker(self, steps: int) -> None:
        """Go on to the next worker of all targets, or to the one before; beyond either end: no one's story."""
        workers = [(target, index) for target in self._targets for index in target.worker_indexes]
        if told := self.told.worker:
            at = workers.index((told[0], told[1].worker.index)) + steps
            workers = workers[at : at + 1] if at >= 0 else []
        elif self._pointed_at:
            workers = [each for each in workers if each[0] is self._pointed_at[0]]
        if workers:
            self.choose_worker(*workers[0 if steps > 0 else -1])
        else:
            self.choose(None, 0)

    @property
    def tells_story(self) -> bool:
        """Of a visitor, or in the lanes of a worker, whom `choose` lets go of."""
        return self.told.visitor is not None or (self.told.worker is not None and self.shows == LANES)

    def tell_story(self) -> None:
        """Up to the playhead."""
        told = self.shows != NOTE and self.tells_story and not self.story_beside
        wordings = self.told.wordings() if told else [Content()]
        crowded = self.size.height < ROOM_FOR_BOTH
        self.query_one(Story).tell(wordings, self.size.width, STORY_LINES + (0 if crowded else len(self._targets)))

    @property
    def pointed_at(self) -> TargetPlayback | None:
        """The target that the keys for the next visitor act on: that of the chosen one, else of the focused pane."""
        return next(iter([*self._pointed_at, *self._targets]), None)

    @property
    def picked_out(self) -> TargetPlayback | None:
        """The one target that somebody means: whose visitor or worker is chosen, or to whose pane they have gone."""
        return next(iter(self._pointed_at), None)

    @property
    def _pointed_at(self) -> list[TargetPlayback]:
        focused = [pane.target for pane in self._panes if pane.has_focus and pane is self.gone_to]
        return focused + ([self.told.target] if self.told.target else [])

    @property
    def folds(self) -> bool:
        """Whether lanes that look alike are one."""
        return any(pane.target.pane.folds for pane in self._panes)

    def _fold(self, stretch: tuple[int, int], height: int) -> None:
        """Where not all lanes have room, those that look alike on this scale are one."""
        crowded = sum(BORDERS + pane.target.pane.unfolded for pane in self._panes) > height
        for pane in self._panes:
            column_ns = max(1, (stretch[1] - stretch[0]) // pane.columns)
            folds = crowded and not self.unfolded
            pane.target.pane.fold(column_ns if folds else 0, lanes_first=crowded and self.unfolded)

    def fit(self, stretch: tuple[int, int]) -> None:
        """Divide the height among the panes."""
        lesson = self.query_one(Lesson)
        height = self.query_one("#panes").size.height + lesson.taken
        self._fold(stretch, height)
        tight = is_tight([pane.target.pane.least for pane in self._panes], height)
        borders = TIGHT_BORDERS if tight else BORDERS
        room = max(0, height - borders * len(self._panes))
        told = [pane.target is self.told.target for pane in self._panes] if tight else []
        heights = pane_heights([_need(pane) for pane in self._panes], room, told.index(True) if any(told) else None)
        for pane, each in zip(self._panes, heights, strict=True):
            pane.fit(each.lines + borders, each.tall, tight=tight)
        lesson.fit(room - sum(each.lines for each in heights), self.size.width)

    def draw(self, stretch: tuple[int, int]) -> None:
        """One frame of every pane."""
        self.fit(stretch)
        going = [pane.target for pane in self._panes if not pane.target.ended]
        for pane in self._panes:
            pane.set_class(pane.target in going and len(going) < len(self._panes), GOING)
            if pane.is_attached and pane.size.width:
                pane.draw(stretch) if pane.target.start_ns else pane.draw_empty()
        if self.show_shown is not None:
            at_ns = self.show_shown.position_ns if self.show_shown.begun else -1
            self.query_one("#ruler", Ruler).measure(stretch, at_ns, self.show_shown.happened())

    def draw_waterfall(self, order: str, stretch: tuple[int, int]) -> None:
        """One frame of it."""
        targets = [target for target in self.show_shown.targets if target.start_ns] if self.show_shown else []
        self.query_one(Waterfall).draw(
            targets, order, stretch, max((round(target.position_ns) for target in targets), default=0)
        )

    def to_top(self) -> None:
        """Show the beginning of a text."""
        self.query_one(Note).scroll_home(animate=False)

    def page(self, direction: int) -> None:
        """Scroll what is longer than the main area."""
        scrolled = self.query_one(Note)
        if self.shows == LANES:
            for pane in self._panes:
                pane.action_page(direction)
        elif self.shows == WATERFALL:
            self.query_one(Waterfall).rows.action_page(direction)
        elif direction > 0:
            scrolled.scroll_page_down(animate=False)
        else:
            scrolled.scroll_page_up(animate=False)


def _least(pane: LanesView) -> int:
    """Lines without which a pane shows nothing of its lanes."""
    counts, lanes = _need(pane)
    return counts + min(lanes, 1)


def _need(pane: LanesView) -> Need:
    counts = len(pane.target.book.counts)
    return Need(counts, pane.target.pane.wanted - counts)
