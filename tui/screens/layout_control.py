"""How the room of a terminal is used: what stands beside the lanes, and whether lanes that look alike are one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.screens.mode_control import Modes
from asgi_vs_wsgi.tui.user_data import QuizAnswers
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.main_area import LANES
from asgi_vs_wsgi.tui.widgets.story import BORDERS, COLUMNS, LEAST_MAIN_AREA, SidePane

if TYPE_CHECKING:
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_sights import ModeSights

STORY, CODE, LESSON, NOTHING = "story", "code", "lesson", "nothing"
"""What can stand there, from what says most."""
STEPS = 24
"""So many times in a run the figures beside moving lanes are worked out anew: nobody reads faster."""


class LayoutControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"beside", "fold"})

    def __init__(self, host: Host, modes: Modes, sights: ModeSights) -> None:
        self._host, self._modes, self._sights = host, modes, sights
        self._code = Modes(QuizAnswers())
        self._code.mode = NAMES[1]
        self._turned_to = ""
        """What somebody has chosen; "": what says most."""
        self._told = False
        """Whether a story was told when it was last looked."""
        self._key: object = None
        self._words = Content()

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        area = self._host.main_area
        if self._modes.mode != NAMES[0] or area.shows != LANES:
            return False
        return area.folds or area.unfolded if command == "fold" else self._has_room

    @property
    def _has_room(self) -> bool:
        return self._host.main_area.shows == LANES and self._host.main_area.size.width >= LEAST_MAIN_AREA

    def _kinds(self) -> list[str]:
        """What there is to be told, from what says most."""
        scenario, story = self._host.scenario, self._host.main_area.tells_story
        lesson = scenario is not None and bool(scenario.lesson_md)
        return [*[STORY] * story, CODE, *[LESSON] * lesson, NOTHING]

    def _shown(self) -> str:
        kinds = self._kinds()
        return self._turned_to if self._turned_to in kinds else kinds[0]

    def _next(self) -> str:
        kinds = self._kinds()
        return kinds[(kinds.index(self._shown()) + 1) % len(kinds)]

    def beside(self) -> None:
        """The next of what can stand beside the lanes."""
        self._turned_to = self._next()
        self._host.redraw()

    def fold(self) -> None:
        """Fold lanes that look alike, or show them all."""
        self._host.main_area.unfolded = not self._host.main_area.unfolded
        self._host.redraw()

    def show(self) -> None:
        """What stands there now, before the lanes are drawn: they get what is left."""
        area = self._host.main_area
        if area.tells_story and not self._told and self._turned_to != NOTHING:
            self._turned_to = ""
        self._told = area.tells_story
        kind, pane = self._shown(), area.query_one(SidePane)
        told = self._has_room and kind != NOTHING and self._host.scenario is not None
        area.story_beside = told and kind == STORY
        if not told:
            pane.shut()
            return
        pane.tell(kind.capitalize(), self._text(kind), f"v: {self._next()}")

    def _text(self, kind: str) -> Content:
        if kind == LESSON:
            words = notes.lesson(self._host.scenario) if self._host.scenario else Content()
            return words if self._sights.is_as_written() else Content("\n\n").join([notes.other_settings(), words])
        code = self._code_now()
        return Content("\n\n").join([self._host.main_area.told.wordings()[0], code]) if kind == STORY else code

    def _code_now(self) -> Content:
        """What mode 2 says in so many columns."""
        show = self._host.told_of
        moves = show is not None and not (show.paused or show.at_end)
        moment = (show.position_ns * STEPS // max(1, show.extent_ns) if moves else show.position_ns) if show else 0
        room = COLUMNS - BORDERS, self._host.main_area.size.height
        sight = self._sights.sight(self._code, room)
        if sight and self._sights.awaits_figures:
            sight, moment = replace(sight, awaits_figures=True), -1
        key = (sight.scenario, id(show), id(sight.result), sight.cut_off, moves, moment, room) if sight else None
        if key != self._key:
            self._key = key
            self._words = self._sights.words(self._code, sight).rest if sight else Content()
        return self._words
