"""The terminal as it was: what must be undone when a screen dies without having tidied up."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
from typing import Any

UNDO = "".join(
    (
        "\x1b[?2026l",  # an update that is shown only when it is whole
        "\x1b[<u",  # kitty's keyboard protocol; before leaving the alternate screen, which has a stack of its own
        *(f"\x1b[?{mode}l" for mode in (1000, 1002, 1003, 1006, 1015, 1016)),  # the mouse
        "\x1b[?1004l",  # focus reports
        "\x1b[?2004l",  # bracketed paste
        "\x1b[?2048l",  # resize reports
        "\x1b[?7h",  # wrap lines
        "\x1b[0m",
        "\x1b[?1049l",  # the alternate screen
        "\x1b[?25h",  # show the cursor
    )
)


def ignore_background_stops() -> None:
    """A screen whose command was killed is in the background, and must still be able to tidy up."""
    for number in (signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(number, signal.SIG_IGN)


def may_animate() -> bool:
    """Unless the user has told all programs made with Textual not to."""
    return os.environ.get("TEXTUAL_ANIMATIONS", "").lower() != "none"


def takes_more() -> bool:
    """Whether the terminal takes more now; where the link to it is slow, its buffer is full for much of the time."""
    if sys.__stderr__ is None:
        return True
    terminal = select.poll()
    terminal.register(sys.__stderr__.fileno(), select.POLLOUT)  # Textual writes to the standard error
    return bool(terminal.poll(0))


class Terminal:
    """Remembers the terminal's settings; `restore` brings them back, and leaves whatever a screen had entered."""

    def __init__(self) -> None:
        self._descriptor = sys.__stdin__.fileno() if sys.__stdin__ else 0
        self._settings: list[Any] | None = None
        with contextlib.suppress(termios.error):
            self._settings = termios.tcgetattr(self._descriptor)

    def hung_up(self) -> bool:
        """Whether there is nobody any more to type, or to read: the other end of a terminal, a pipe or a socket."""
        poll = select.poll()
        for stream in (sys.__stdin__, sys.__stdout__):
            if stream is not None:
                poll.register(stream.fileno(), select.POLLRDHUP)
        return bool(poll.poll(0))

    def restore(self, *, leave_screen: bool) -> None:
        """A terminal that is gone needs nothing."""
        if leave_screen and sys.__stderr__ is not None:
            with contextlib.suppress(OSError):
                os.write(sys.__stderr__.fileno(), UNDO.encode())
        if self._settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcflush(self._descriptor, termios.TCIFLUSH)
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._settings)
