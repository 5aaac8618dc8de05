"""What one frame of the screen shows: lanes, a waterfall or words, and the lines above and below them.

What is looked at decides all of it, and is asked for anew each time: what has not changed is not painted again, by
whoever is told the same once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.registry import ModeWords
from asgi_vs_wsgi.tui.screens.keys import BAR_ORDER, OWN_KEYS
from asgi_vs_wsgi.tui.screens.status_text import Ends, before_lanes, head_line, in_the_way, is_simulated, status_line
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.key_bar import OF_MODE, KeyBar, ModeBar
from asgi_vs_wsgi.tui.widgets.main_area import LANES, MainArea
from asgi_vs_wsgi.tui.widgets.note_view import Lesson
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine, LegendLine
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.screens.watch import WatchScreen


SCROLLS = "All of this scrolls; g comes back here."
"""Where the settings have no room above what they come to."""


class ScreenDrawing:
    """A frame of the screen, from its parts and its session."""

    def __init__(self, screen: WatchScreen) -> None:
        self._screen = screen
        self._words, self._room = ModeWords(Content()), 0
        """What a mode said last, and the lines that there were for what stays in view."""
        self._fitted = fitted(self._words, self._room)

    def redraw(self) -> None:
        """One frame of everything."""
        screen = self._screen
        area, session, seen = screen.main_area, screen.session, screen.runs.seen
        self._fill(area)
        screen.layout_control.show()
        self.draw_lanes()
        watching = screen.modes.mode == NAMES[0]
        due = session.still_result if screen.runs.browsing else session.result_due
        told = due if seen and watching and not screen.presentation.on else None
        area.tell(told, screen.lessons.why, may_measure=screen.runs.may("measure"))
        area.tell_story()
        screen.query_one(ModeBar).show_mode(screen.modes.mode)
        shown = seen if watching else screen.told_of
        screen.query_one("#head", EdgeLine).say(*self._head(shown))
        screen.set_class(screen.modes.simulates or is_simulated(screen.playing and session.result), "-simulated")
        may_end = screen.playhead.may("to_end")
        screen.query_one("#status", EdgeLine).say(*status_line(session, shown, screen.frames.pace, may_end=may_end))
        screen.query_one(LegendLine).tell(area.drawn_roles if seen else frozenset())
        screen.set_class(not watching and not (shown and screen.modes.draws_lanes(screen.scenario)), "-plain")
        screen.set_class(not (screen.runs.with_list and watching), "-watching")
        screen.query_one(ScenarioList).gives_way = not screen.runs.with_list and screen.mode_control.may("page")
        screen.presentation.draw()
        screen.focus_control.follow()
        order = [each for each in BAR_ORDER[self._doing] if each != f"{OF_MODE}{screen.modes.mode}"]
        screen.query_one(KeyBar).refresh_keys(OWN_KEYS.get(screen.modes.mode, ()), order)

    @property
    def _doing(self) -> str:
        """What somebody is at: it decides the order of keys in the bar."""
        screen = self._screen
        screen.runs.guard.look()
        return "running" if screen.session.running else "choose" if screen.runs.browsing else "shown"

    def _head(self, seen: Playback | None) -> Ends:
        screen = self._screen
        ranking = None if screen.runs.browsing else screen.session.kept_tournament
        as_run = (screen.session.result if screen.playing else None) or ranking
        predicts = screen.modes.simulates and screen.told_of is not None
        changed, tried = not screen.sights.is_as_written(ranking), screen.runs.may("as_written")
        return head_line(
            screen.scenario,
            seen,
            still=screen.runs.browsing,
            as_run=as_run,
            predicts=predicts,
            changed=changed,
            tried=tried,
        )

    def draw_lanes(self) -> None:
        """One frame of the panes."""
        screen = self._screen
        show, area = screen.runs.seen, screen.main_area
        if show is not None and area.shows == LANES:
            area.draw(screen.playhead.stretch(show))

    def _fill(self, area: MainArea) -> None:
        """Lanes, the waterfall, or words."""
        screen = self._screen
        scenario, seen, mode = screen.scenario, screen.runs.seen, screen.modes.mode
        told = bool(screen.session.still_result)
        still = seen and screen.runs.browsing and mode == NAMES[0] and not screen.presentation.on
        above = notes.invitation(scenario, answered=told) if scenario and still else None
        if not screen.runs.browsing and (note := in_the_way(screen.session)):
            area.say(note)
        elif screen.runs.at_own_project:
            area.say(notes.own_project(screen.own_project.path), "own project")
        elif scenario is None:
            area.say(notes.broken(screen.runs.catalog.broken.get(screen.runs.chosen, notes.UNREADABLE)))
        elif mode == "waterfall" and (show := screen.told_of) and show.begun:
            area.set_show(show, waterfall=True)
            area.draw_waterfall(screen.modes.order, screen.playhead.stretch(show))
        elif mode != NAMES[0]:
            above = self._say_mode(area, scenario)
        elif seen is not None:
            area.set_show(seen)
            if screen.presentation.on:
                area.query_one(Lesson).teach()
            else:
                due, speaks_of_it = screen.session.result_due is not None, screen.sights.is_as_written()
                area.query_one(Lesson).teach(*screen.lessons.watch_for(scenario, due=due, speaks_of_it=speaks_of_it))
        elif screen.runs.browsing:
            area.say(notes.card(scenario))
        else:
            area.say(before_lanes(screen.session, scenario, area.text_width))
        area.invite(above, pinned=mode != NAMES[0])

    def _say_mode(self, area: MainArea, scenario: Scenario) -> Content | None:
        """What of it stays in view above what scrolls."""
        screen = self._screen
        sight = screen.sights.sight(screen.modes, (area.text_width, area.size.height))
        if sight is None:
            return None
        words, room = screen.sights.words(screen.modes, sight), area.size.height // 2
        if words is not self._words or room != self._room:
            self._words, self._room, self._fitted = words, room, fitted(words, room)
        above, rest = self._fitted
        area.say(rest, f"{screen.modes.mode} {scenario.name}", broad=True)
        return above


def fitted(words: ModeWords, room: int) -> tuple[Content | None, Content]:
    """What stays in view where it has so many lines at most, and the rest; else all of it, and how to come back."""
    rest, pinned = words
    if not pinned:
        return None, rest
    if pinned.plain.count("\n") < room:
        return pinned, rest
    return None, Content("\n").join([pinned, Content.styled(SCROLLS, "$faint"), Content(), rest])
