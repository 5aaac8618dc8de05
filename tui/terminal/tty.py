"""The terminal: whether a screen can be shown on it, who has it in front, and how it was before.

Keys come from stdin and the screen goes to stdout: both must be terminals. stderr need not be one (`2>file`).
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import time
from typing import TYPE_CHECKING, Any, TextIO

from asgi_vs_wsgi.scenarios.errors import BadInput

if TYPE_CHECKING:
    from types import ModuleType

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


NO_TERMINAL = "no terminal to open the laboratory in"
SIGNS = "█▓▒░▚▖┄─│╭╮╰╯├┤·…→►"
"""Of those that the screen draws with; an encoding that has these has the others."""
CONTINUED_WITHIN_S = 0.05
"""The kernel tells one of our threads that we go on, and it need not be the one that asks."""


def screen_obstacle() -> str:
    """Why no screen can be shown here, in words that `, so …` may follow; empty where one can."""
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        return NO_TERMINAL
    if not (name := os.environ.get("TERM", "")):
        return "TERM is not set, which says what this terminal can show"
    if not _places_text(name):
        return f"TERM={name} is no terminal that a screen can be drawn on"
    encoding = sys.stdout.encoding
    try:
        SIGNS.encode(encoding)
    except UnicodeEncodeError:
        return f"the signs of lanes are not in this terminal's character set ({encoding}; LC_ALL=C.UTF-8 has them)"
    return ""


def output_columns(elsewhere: int) -> int:
    """Of the terminal that stdout is; COLUMNS, which may be a size long past, counts only where it is none."""
    columns = 0
    with contextlib.suppress(AttributeError, OSError, ValueError):  # no stdout, no terminal, a stream that is closed
        columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    return columns or shutil.get_terminal_size((elsewhere, 24)).columns


def updates_lines(stream: TextIO | None) -> bool:
    """Whether a line on it can be overwritten."""
    return _is_terminal(stream) and _places_text(os.environ.get("TERM", ""))


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _places_text(name: str) -> bool:
    """Whether text can be put anywhere on such a terminal. One that is not known here is taken for a newer one."""
    if name in ("", "dumb", "unknown"):
        return False
    described = _description(name)
    return described is None or (described.tigetstr("cup") or b"").startswith(b"\x1b[")


def _has_colours(name: str) -> bool:
    described = _description(name)
    return described is None or described.tigetnum("colors") > 1 or bool(os.environ.get("COLORTERM"))


def _description(name: str) -> ModuleType | None:
    """curses, set to what this machine knows of the terminal; None where it does not know it."""
    try:
        import curses
    except ImportError:
        return None
    try:
        curses.setupterm(name, sys.__stdout__.fileno() if sys.__stdout__ else 1)
    except curses.error:
        return None
    return curses


def terminal_rules() -> None:
    """The terminal is asked for its size, not the environment, in which a size stays what it once was.

    One without colours is as if NO_COLOR were set.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    if not _has_colours(os.environ.get("TERM", "")):
        os.environ["NO_COLOR"] = "1"


def in_background() -> bool:
    """Whether the terminal is another job's. One that controls nobody, or is gone, is nobody else's."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno() if sys.__stdin__ else 0) != os.getpgrp()
    except OSError:
        return False


def stop_job(number: signal.Signals) -> bool:
    """Stop all of our job, as the terminal's own Ctrl+Z would: `make run` and a shell script's other commands too.

    Returns when it goes on; False at once where no shell could let it: the kernel then ignores the signal.
    """
    continued: list[int] = []
    before = {signal.SIGCONT: signal.signal(signal.SIGCONT, lambda number, _: continued.append(number))}
    before[number] = signal.signal(number, signal.SIG_DFL)
    try:
        os.kill(0, number)
        deadline_s = time.monotonic() + CONTINUED_WITHIN_S
        while not continued and time.monotonic() < deadline_s:
            time.sleep(0.001)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    return bool(continued)


def wait_for_foreground() -> None:
    """A command that was started with `&` stops, as all do that want keys, until `fg`; BadInput where none can come."""
    while in_background():
        if not stop_job(signal.SIGTTIN):
            raise BadInput("the terminal is another program's", hint="start it in the foreground, or `run SCENARIO`")


def ignore_background_stops() -> None:
    """A screen whose command was killed is in the background, and must still be able to tidy up."""
    for number in (signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(number, signal.SIG_IGN)


def may_animate() -> bool:
    """Unless the user has told all programs made with Textual not to."""
    return os.environ.get("TEXTUAL_ANIMATIONS", "").lower() != "none"


def takes_more() -> bool:
    """Whether the terminal takes more now; where the link to it is slow, its buffer is full for much of the time."""
    if sys.__stdout__ is None:
        return True
    terminal = select.poll()
    terminal.register(sys.__stdout__.fileno(), select.POLLOUT)
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
        if leave_screen and sys.__stdout__ is not None:
            with contextlib.suppress(OSError):
                os.write(sys.__stdout__.fileno(), UNDO.encode())
        if self._settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcflush(self._descriptor, termios.TCIFLUSH)
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._settings)
