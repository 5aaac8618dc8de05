"""For a class: no chrome, and big steps from one moment of the lesson to the next, as a presenter's remote sends them.

 Slow I/O · 32 visitors · 200 ms                                            2 of 5
╭ WSGI · … ─────────────────────────────────────────────────────────────────────╮
│ in line    ▇▇▅▅▃▃                                                             │
╰───────────────────────────────────────────────────────────────────────────────╯
 uvicorn: all are done after 0.22 s.
 On uvicorn the same two workers are hardly ever busy.

A picture or a recording for a slide takes the same: a title of its own, no chrome, captions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.tui.playback.lesson_steps import Step, lesson_steps, step_at
from asgi_vs_wsgi.tui.report.figures import who_won
from asgi_vs_wsgi.tui.report.run_report import setting
from asgi_vs_wsgi.tui.text.inline_markup import render_inline
from asgi_vs_wsgi.tui.widgets.note_view import update_if_changed
from asgi_vs_wsgi.tui.widgets.notes import question
from asgi_vs_wsgi.tui.widgets.results_table import IN_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.screens.mode_control import Modes
    from asgi_vs_wsgi.tui.screens.selection_control import FocusControl

BARE, CAPTIONED = "-bare", "-captioned"
"""Classes of the screen: without chrome, with the sentences of a moment."""
WITH_STEPS = ("watch", "waterfall")
TITLE, CAPTION = "#title", "#caption"
FIRST_STEP = " · page down goes on, esc ends"
"""There are no keys to be seen elsewhere; gone with the first step."""


class Presentation:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"present", "lesson_step", "leave_presentation"})

    def __init__(
        self,
        host: Host,
        screen: Screen[None],
        modes: Modes,
        focus: FocusControl,
        beyond: Callable[[int], bool],
        session: Session,
    ) -> None:
        """`beyond` goes on to another file past either end; returns whether there was one."""
        self._host, self._screen, self._modes, self._focus, self._beyond = host, screen, modes, focus, beyond
        self._session = session
        self.on = False
        self._led: Playback | None = None
        """The saved run that is being presented: it waits at its start for the first step."""
        self._title = ""
        """Of a picture, instead of the scenario's."""
        self._steps: list[Step] = []
        self._steps_of: object = None

    # ---- commands

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        if command == "present":
            return True
        return self.on and (command != "lesson_step" or self._has_steps)

    @property
    def leads(self) -> bool:
        """Whether Enter goes on through what is shown, in whatever mode, instead of running it anew."""
        return self.on and self._host.playing is not None

    @property
    def _has_steps(self) -> bool:
        return self._host.playing is not None and self._modes.mode in WITH_STEPS

    def present(self) -> None:
        """Begin, or end."""
        self.on = self._focus.nowhere = self._modes.holds_back = not self.on
        self._screen.set_class(self.on, BARE)
        self._screen.set_class(self.on, CAPTIONED)
        if self.on and (show := self._host.playing) and show.at_end:
            show.go_to(0)
        self._host.redraw()

    def leave_presentation(self) -> None:
        """The whole screen again."""
        self.present()

    def lesson_step(self, direction: int) -> None:
        """Play on to the next moment and hold there; or go back to the one before."""
        show = self._host.playing
        if show is None or not self._has_steps:
            return
        under_way = show.hold_at_ns
        if direction > 0 and under_way is not None:
            show.go_to(under_way)  # pressed again: nobody wants to wait for it
        elif (at_ns := self._beside(show, direction)) is not None:
            show.play_to(at_ns)
        elif not self._beyond(direction):
            return
        self._host.frames.ask()

    def _beside(self, show: Playback, direction: int) -> int | None:
        moments = [step.at_ns for step in self.steps(show)]
        if direction > 0:
            return next((at_ns for at_ns in moments if at_ns > show.position_ns), None)
        return next((at_ns for at_ns in reversed(moments) if at_ns < show.position_ns), None)

    def steps(self, show: Playback) -> list[Step]:
        """Worked out anew when more is recorded."""
        recorded = (id(show), show.live, *(target.recorded_ns for target in show.targets))
        if recorded != self._steps_of:
            self._steps_of, self._steps = recorded, lesson_steps(show, self._host.scenario)
        return self._steps

    # ---- pictures

    def frame_picture(self, title: str, *, plain: bool, captions: bool = False) -> None:
        """Without chrome where `plain`; `title` may be empty."""
        self._title = title
        self._screen.set_class(plain, BARE)
        self._screen.set_class(captions, CAPTIONED)

    # ---- what is seen

    def draw(self) -> None:
        """Title and caption of this moment, where they are shown."""
        show = self._host.playing
        if self.on and show is not None and show is not self._led:
            self._led = show
            if show.replayed:
                show.go_to(0)
        title, caption = self._screen.query_one(TITLE, Static), self._screen.query_one(CAPTION, Static)
        title.display = self.on or bool(self._title)
        if title.display:
            update_if_changed(title, self._title_words())
        caption.display = self._screen.has_class(CAPTIONED) and (not self.on or self._modes.mode in WITH_STEPS)
        if caption.display:
            update_if_changed(caption, self._caption_words())

    def _title_words(self) -> Content:
        if self._title:
            return Content.styled(printable(self._title), "bold")
        scenario, show = self._host.scenario, self._host.playing
        if scenario is None:
            return Content()
        place = ""
        if show is not None and self._has_steps:
            steps = self.steps(show)
            at = step_at(steps, show.position_ns)
            place = f"   {at + 1} of {len(steps)}{FIRST_STEP if self.on and at == 0 else ''}"
        return Content.assemble((scenario.toml.title, "bold"), f" · {' · '.join(setting(scenario))}", (place, "$faint"))

    def _caption_words(self) -> Content:
        scenario, show = self._host.scenario, self._host.playing
        if show is None:
            return question(scenario) if scenario else Content()
        steps = self.steps(show)
        step = steps[step_at(steps, show.position_ns)]
        result = self._session.result_due if step is steps[-1] else None
        won = [*who_won(result, IN_COLUMNS)[:1]] if result else []
        told = f"{' · '.join([step.words.removesuffix('.'), *won])}." if won else step.words
        words = render_inline(step.words) if step.at_ns == 0 else Content(told)
        lines = [words.stylize("bold"), *([render_inline(step.lesson)] if step.lesson else [])]
        return Content("\n").join(lines)
