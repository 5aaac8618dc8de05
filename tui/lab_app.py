"""The Textual app: themes, the command palette, pictures, and the way out."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import App
from textual.binding import Binding
from textual.widgets._toast import Toast

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.untrusted_text import harmless
from asgi_vs_wsgi.tui.capture.picture_files import add_png, save_picture
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.capture.svg import svg
from asgi_vs_wsgi.tui.errors import TRACEBACK, our_own_words
from asgi_vs_wsgi.tui.playback.speed import Clock, wall_clock
from asgi_vs_wsgi.tui.screens.command_palette import LabCommands
from asgi_vs_wsgi.tui.screens.escape_and_quit import SecondPress
from asgi_vs_wsgi.tui.screens.export_choice import (
    Exportable,
    ExportScreen,
    kept_run,
    shown_run,
    stems_for,
    write_export,
)
from asgi_vs_wsgi.tui.screens.help import SUSPEND, TWICE, HelpScreen
from asgi_vs_wsgi.tui.screens.history import RecentsScreen
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES
from asgi_vs_wsgi.tui.screens.watch import WatchScreen
from asgi_vs_wsgi.tui.terminal.partial_repaint import HARMLESS_CELLS
from asgi_vs_wsgi.tui.theme import DARK, OURS, variable_defaults
from asgi_vs_wsgi.tui.user_data import Preferences, QuizAnswers, keep_preferences, read_preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.notifications import SeverityLevel

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.exports.formats import Format
    from asgi_vs_wsgi.scenarios.storage.history_entry import HistoryEntry
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.terminal.driver import TerminalDriver

NOT_SUSPENDED = "not suspended: there is no shell here that could bring the program back"
AGAIN = "ctrl+c once more leaves; every server goes"
SAVING = "saving a picture…"
SAVING_TIMEOUT_S = 60
"""On a machine that is busy; the result comes sooner."""


class LabApp(App[int]):
    """The face of the laboratory."""

    TITLE = "asgi-vs-wsgi"
    CSS_PATH = "lab_app.tcss"
    COMMANDS: ClassVar = {LabCommands}
    BINDINGS: ClassVar = [
        Binding("ctrl+z", "suspend_process", "suspend", show=False, priority=True, tooltip=SUSPEND),
        Binding("ctrl+c", "interrupt", "leave", show=False, priority=True, tooltip=TWICE),
    ]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        catalog: Catalog,
        session: Session,
        *,
        scenario_dirs: tuple[str, ...] = (),
        clock: Clock = wall_clock,
        quiz_book: QuizAnswers | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.on_screen: Callable[[bool], None] = lambda taken: None
        """Told when the terminal is taken over, and when it is as it was."""
        self._when_ready: list[Callable[[], None]] = []
        self._pictures_drawing = 0
        self._leaving = False
        """As soon as they are drawn."""
        self._interrupted = SecondPress(clock)
        for theme in OURS.values():
            self.register_theme(theme)
        self.theme = DARK.name
        self.lab_screen = WatchScreen(catalog, session, clock, scenario_dirs, quiz_book)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Whatever a widget was given, no cell of it is an order to the terminal."""
        return [*super().get_line_filters(), HARMLESS_CELLS]

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Messages quote names of files and errors: never markup, whatever the caller says."""
        super().notify(harmless(message), title=title, severity=severity, timeout=timeout, markup=False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Lanes keep their colours under a theme that knows nothing of them."""
        return variable_defaults()

    def action_choose_theme(self, name: str) -> None:
        """From now on, and when the program is started again."""
        self.theme = name
        keep_preferences(Preferences(theme=name))

    def use_preferences(self) -> None:
        """As the user had it last."""
        theme = read_preferences().theme
        if theme in self.available_themes:
            self.theme = theme

    def on_mount(self) -> None:
        """One screen; others lie on top of it."""
        self.push_screen(self.lab_screen)
        self.app_resume_signal.subscribe(self, lambda _: self._go_on())

    def get_driver_class(self) -> type[Driver]:
        """Ours, whatever the environment says: it is not read before the screen is there."""
        from asgi_vs_wsgi.tui.terminal.driver import TerminalDriver

        return TerminalDriver

    def action_suspend_process(self) -> None:
        """Until the shell's `fg`; a run goes on meanwhile, in its own process, and is recorded."""
        if self._driver is None or not self._driver.can_suspend:
            return
        self._suspend_signal()
        if not cast("TerminalDriver", self._driver).suspend_job():
            self.notify(NOT_SUSPENDED, severity="warning")

    def _go_on(self) -> None:
        """Everything is drawn anew; the playhead goes on from where it stood."""
        self.refresh(layout=True)
        for screen in self.screen_stack:
            screen.refresh(layout=True)
        self.lab_screen.frames.wake()

    def on_ready(self) -> None:
        """The first frame is there."""
        for callback in self._when_ready:
            callback()

    def when_ready(self, callback: Callable[[], None]) -> None:
        """Call this after the first frame."""
        self._when_ready.append(callback)

    def _fatal_error(self) -> None:
        """A fault of ours is one line; Textual's own traceback of a large run takes a minute to print."""
        if os.environ.get(TRACEBACK):
            super()._fatal_error()
        else:
            self._exit_renderables.append(f"{PROGRAM}: {our_own_words(sys.exc_info()[1])}")
            self._close_messages_no_wait()

    async def action_interrupt(self) -> None:
        """Copy what is selected, or end what a box is about; else, pressed twice, it leaves: nobody loses work."""
        if selected := self.screen.get_selected_text():
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
        elif (ends := getattr(self.screen, "interrupt", None)) and ends():
            return
        elif self._interrupted.again("interrupt"):
            self.exit()
        else:
            self.notify(AGAIN)

    async def action_quit(self) -> None:
        """Pictures that are being drawn come first, and a run that has long gone on; asked for again, at once."""
        if not self._leaving and not self.lab_screen.runs.guard.may_end_it("quit"):
            return
        if self._pictures_drawing and not self._leaving:
            self._leaving = True
        else:
            self.exit()

    def leave(self, return_code: int) -> None:
        """A signal says so."""
        self.exit(return_code=return_code)

    def action_picture(self) -> None:
        """Save what is on the screen, and say where."""
        self._pictures_drawing += 1
        self.run_worker(self._draw_picture())

    async def _draw_picture(self) -> None:
        try:
            await self._picture()
        finally:
            self._pictures_drawing -= 1
        if self._leaving and not self._pictures_drawing:
            self.exit()

    async def _picture(self) -> None:
        """Without what was said about the last one; that it is being saved is said once the frame is kept."""
        self.clear_notifications()
        while self.screen.query(Toast):
            await asyncio.sleep(0)
        self.screen._refresh_layout()
        try:
            path = save_picture(svg(capture(self, self.TITLE)), Path.cwd(), self._picture_name)
            self.notify(SAVING, timeout=SAVING_TIMEOUT_S)
            words = await add_png(path)
            self._no_longer_saving()
            self.notify(words)
        except (OSError, BadInput) as error:
            self._no_longer_saving()
            reason = error.one_line() if isinstance(error, BadInput) else error.strerror
            self.notify(f"the picture was not saved: {reason}", severity="error")

    @property
    def _picture_name(self) -> str:
        """The scenario's."""
        scenario = self.lab_screen.scenario
        return scenario.name if scenario else ""

    def _no_longer_saving(self) -> None:
        """The result takes the place of those words, when no other picture is being drawn."""
        if self._pictures_drawing == 1:
            for each in [each for each in self._notifications if each.message == SAVING]:
                self._unnotify(each)

    def action_recents(self) -> None:
        """Recent runs, to be opened."""
        if self.screen is not self.lab_screen:
            return
        try:
            self.push_screen(RecentsScreen(RunHistory(user_history()), self.lab_screen.playlist), self.open_recent)
        except BadInput as error:
            self.notify(error.one_line(), severity="error")

    def open_recent(self, card: HistoryEntry | int | None) -> None:
        """One of the recent runs, or of the files that were opened, by its place."""
        if card is None or not self.lab_screen.runs.guard.may_end_it("open it"):
            return
        if isinstance(card, int):
            self.lab_screen.playlist.go_to(card)
            return
        try:
            self.lab_screen.runs.open(RunHistory(user_history()).read(card))
        except BadInput as error:
            self.notify(error.one_line(), severity="error")

    def may_export(self) -> bool:
        """Whether a run is shown that is over, be it the picture of one that the first screen has."""
        session = self.session
        known = session.options is not None or session.still_result is not None
        return known and session.show is not None and not session.running

    async def action_export(self) -> None:
        """The run that is shown, as a file for other tools. To find its file takes a moment, in which others draw."""
        playlist = self.lab_screen.playlist
        opened = playlist.files[playlist.at] if playlist.files else None
        self.run_worker(self._export(lambda: shown_run(self.session, opened)))

    def export_recent(self, card: HistoryEntry) -> None:
        """One of the recent runs."""
        self.run_worker(self._export(lambda: kept_run(card)))

    async def _export(self, find: Callable[[], Exportable]) -> None:
        try:
            run = await asyncio.to_thread(find)
            from asgi_vs_wsgi.tui.commands.export import TABLE

            if chosen := await self.push_screen_wait(ExportScreen(run.title, TABLE)):
                for stem, targets in stems_for(run, chosen):
                    await self._write_export(run, chosen, stem, targets)
        except (OSError, BadInput) as error:
            reason = error.one_line() if isinstance(error, BadInput) else str(error.strerror)
            self.notify(reason, severity="error")

    async def _write_export(self, run: Exportable, chosen: Format, stem: str, targets: Sequence[str]) -> None:
        exporting = f"exporting {stem}{chosen.ending}…"
        self.notify(exporting, timeout=SAVING_TIMEOUT_S)
        file, told = await write_export(run, chosen, Path.cwd(), stem, targets)
        for each in [each for each in self._notifications if each.message == exporting]:
            self._unnotify(each)
        for words in told[:-1]:
            self.notify(words, severity="warning")
        if file is not None:
            self.notify(f"saved {file.name} in {file.parent}")
        else:
            self.notify(told[-1], severity="error")

    def action_to_mode(self, name: str) -> None:
        """A digit in a box, or in those that lie over one another: they close, where all of them would leave it so."""
        boxes = self.screen_stack[self.screen_stack.index(self.lab_screen) + 1 :]
        if all(DIGITS_IN_BOXES[0] in type(box).BINDINGS for box in boxes):
            for box in reversed(boxes):
                box.dismiss(None)
            self.lab_screen.action_press("mode", name)

    def action_help(self) -> None:
        """Explain the widget that has the focus, and all keys."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            self.push_screen(HelpScreen.for_screen(self.screen))
