"""Textual's driver, on the terminal that stdin and stdout are, whatever stderr is, and with a shell's job control.

Ctrl+Z     the terminal as it was ─► our job stops ─► `fg` ─► the screen anew, in the size that the terminal then has
SIGCONT    after a SIGSTOP, which nobody can see coming: the same from its third step on
gone       the app is told, and what is still written goes nowhere (the guardian looks for it too)
"""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

from asgi_vs_wsgi.tui.terminal.tty import ignore_background_stops, in_background, stop_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.tui.lab_app import LabApp

GONE = 128 + signal.SIGHUP
DEFAULT_SIZE = 80, 24
"""Of a terminal that does not tell its own, such as a serial line's."""
MOST_COLUMNS, MOST_LINES = 2000, 1000
"""More cells than any screen has would take all memory."""


class TerminalOutput:
    """A text file on a descriptor whose other end may be slow or gone, for Textual's writer thread."""

    def __init__(self, descriptor: int, encoding: str, on_gone: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._on_gone = on_gone
        self._parts: list[str] = []

    def fileno(self) -> int:
        """Of the terminal."""
        return self._descriptor

    def write(self, text: str) -> None:
        """Written when flushed."""
        self._parts.append(text)

    def flush(self) -> None:
        """Write everything; another program may have made the terminal's descriptor non-blocking."""
        data, self._parts = "".join(self._parts).encode(self._encoding, "replace"), []
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError:
                self._on_gone()
                return


class TerminalDriver(LinuxDriver):
    """Of the app that is on the screen; it is left with 128 + SIGHUP when the terminal vanishes."""

    def __init__(
        self, app: LabApp, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._lab_app = app
        assert sys.__stdout__ is not None
        self._screen_fd = sys.__stdout__.fileno()
        self._file = cast("Any", TerminalOutput(self._screen_fd, sys.__stdout__.encoding, self._gone))
        self._size = size or self._get_terminal_size()
        self._taken = self._suspend_asked = self._taking_anew = False
        self._take_job_control()

    def _take_job_control(self) -> None:
        """In the event loop: a signal may come while the thread that it interrupts is in the middle of a frame."""
        signal.signal(signal.SIGTSTP, self._ask_for_suspend)
        signal.signal(signal.SIGCONT, lambda *_: self._loop.call_soon_threadsafe(self._start_anew))

    # ---- the size

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._screen_fd)
        except OSError:
            columns = lines = 0
        return min(columns, MOST_COLUMNS) or DEFAULT_SIZE[0], min(lines, MOST_LINES) or DEFAULT_SIZE[1]

    # ---- taking it over and leaving it

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        self._taken = True
        self._lab_app.on_screen(True)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        ignore_background_stops()

    def disable_input(self) -> None:
        """Read what was typed until now; Textual's own throws away what comes meanwhile, which would be our keys."""
        if not self._taking_anew:
            super().disable_input()
            return
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._disable_mouse_support()
        self.exit_event.set()
        if self._key_thread is not None:
            self._key_thread.join()
        self.exit_event.clear()

    def close(self) -> None:
        """All is written: the terminal is as it was."""
        super().close()
        self._taken = False
        self._lab_app.on_screen(False)

    # ---- job control

    def _ask_for_suspend(self, *_: object) -> None:
        """By a SIGTSTP, of which several may come for one."""
        if not self._suspend_asked:
            self._suspend_asked = True
            self._loop.call_soon_threadsafe(self._app.call_later, self._app.action_suspend_process)

    def suspend_job(self) -> bool:
        """Give the terminal back, stop, take it again when the job goes on; False where nothing could let it."""
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        self.suspend_application_mode()
        stopped = stop_job(signal.SIGTSTP)
        self._return_to_front()
        self._suspend_asked = False
        self._take_job_control()
        return stopped

    def _start_anew(self) -> None:
        """We were stopped unasked: the shell has changed the terminal's settings meanwhile."""
        if self._taken:
            self._taking_anew = True
            self.suspend_application_mode()
            self._taking_anew = False
            self._return_to_front()

    def _return_to_front(self) -> None:
        while in_background():
            os.kill(os.getpid(), signal.SIGSTOP)  # the guardian stops with us
        self.start_application_mode()
        self._size = self._get_terminal_size()
        self.send_message(self.SignalResume())

    # ---- its end

    def _gone(self) -> None:
        try:
            self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=GONE))
        except RuntimeError:  # the loop has ended before the terminal did
            return

    def _run_input_thread(self) -> None:
        """Reading fails where the terminal is gone, or where we are in the background and do not know it yet."""
        try:
            self.run_input_thread()
        except OSError:
            self._loop.call_soon_threadsafe(self._start_anew if in_background() else self._gone)
