"""Ctrl+Z and its kin: the shell has the terminal as it was, and `fg` brings the screen back in the size of then."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import signal
import struct
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from bare_terminal import BareTerminal
from busy_machine import slowness
from command_line import until
from terminal_session import TerminalSession

from asgi_vs_wsgi.scenarios.catalog import load_catalog

pytestmark = pytest.mark.live
COMMAND = str(Path(sys.executable).with_name("asgi-vs-wsgi-tui"))
STOPPED = rb"Stopped"


@pytest.fixture
def terminal(tmp_path: Path):
    with TerminalSession(tmp_path) as session:
        yield session


def start(terminal: TerminalSession, line: str = COMMAND) -> tuple[bytes, int, int]:
    """The settings before, and the pids of the command and of its screen."""
    settings = terminal.settings()
    terminal.output = b""
    terminal.type(f"{line}; echo code=$?\n")
    terminal.until(rb"Scenarios")
    terminal.until(rb"quit")
    command = line.rpartition(" ")[2]
    pids = sorted(pid for pid, args in terminal.family().items() if re.search(rf"python\S* {command}$", args))
    return settings, *pids[-2:]  # type: ignore[return-value]


def resize(terminal: TerminalSession, columns: int, lines: int) -> None:
    fcntl.ioctl(terminal._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def shows_the_screen(terminal: TerminalSession, lines: int) -> None:
    terminal.until(rb"Scenarios")
    terminal.until(b"\x1b\\[%d;1H" % lines)


WAYS: dict[str, Callable[[TerminalSession, int, int], None]] = {
    "Ctrl+Z": lambda terminal, command, screen: terminal.type("\x1a"),
    "SIGTSTP to the command": lambda terminal, command, screen: os.kill(command, signal.SIGTSTP),
    "SIGTSTP to its job": lambda terminal, command, screen: os.killpg(os.getpgid(screen), signal.SIGTSTP),
    "SIGSTOP to the screen": lambda terminal, command, screen: os.kill(screen, signal.SIGSTOP),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_job_that_is_stopped_gives_the_terminal_back_and_comes_again(terminal: TerminalSession, way: str):
    settings, command, screen = start(terminal)
    for lines in (30, 36):
        terminal.output = b""
        WAYS[way](terminal, command, screen)
        terminal.until(STOPPED)
        assert b"\x1b[?1049l" in terminal.output
        assert b"\x1b[?25h" in terminal.output
        assert terminal.settings() == settings
        resize(terminal, 100, lines)
        terminal.output = b""
        terminal.type("fg\n")
        shows_the_screen(terminal, lines)
    terminal.output = b""
    terminal.type("q")
    terminal.until(rb"ready> ")
    assert terminal.settings() == settings
    assert not terminal.until_gone({command, screen}, 2 * slowness())


SLOW_FLUSH = """
import sys, termios, time
from asgi_vs_wsgi.tui.cli import main
flush = termios.tcflush
termios.tcflush = lambda *what: (time.sleep(0.2), flush(*what))
main()
"""
"""Between the last key that is read and the moment at which input is thrown away, as on a machine under load."""


def test_no_key_is_lost_that_comes_while_the_screen_is_taken_over_anew(terminal: TerminalSession, tmp_path: Path):
    """A screen that was stopped unasked draws once before it learns of it: who sees that may type."""
    (tmp_path / "slow_flush.py").write_text(SLOW_FLUSH)
    _settings, _command, screen = start(terminal, f"{sys.executable} slow_flush.py")
    scenarios = [scenario.toml.title for scenario in load_catalog().scenarios]
    until(lambda: chosen(terminal, scenarios[0]))
    for _ in scenarios[1:]:
        os.kill(screen, signal.SIGCONT)
        terminal.read_some(0.02)
        terminal.type("\x1b[B")
        terminal.read_some(0.02)
    until(lambda: chosen(terminal, scenarios[-1]), 5)


def chosen(terminal: TerminalSession, title: str) -> bool:
    """Whether the screen, drawn anew, has the title beside the list too."""
    terminal.output = b""
    for columns in (119, 120):
        resize(terminal, columns, 36)
        terminal.read_some(0.3)
    return len(re.findall(rb"m *" + title.encode() + rb" *\x1b", terminal.output)) > 1


def test_a_script_around_it_is_stopped_too_or_the_shell_would_wait_for_it(terminal: TerminalSession, tmp_path: Path):
    """As `make run`: what was started by the shell is another process, which does not read the keys."""
    (tmp_path / "wrapper").write_text(f"{COMMAND}\necho it ended\n")
    start(terminal, "sh wrapper")
    terminal.type("\x1a")
    terminal.until(STOPPED)
    terminal.output = b""
    terminal.type("fg\n")
    shows_the_screen(terminal, 36)
    terminal.type("q")
    terminal.until(rb"it ended")


def test_what_was_started_in_the_background_waits_for_fg(terminal: TerminalSession):
    terminal.type(f"{COMMAND} &\n")
    while b"Stopped" not in terminal.output:  # it may not have come that far
        terminal.type("jobs\n")
        terminal.read_some(0.2)
    assert b"\x1b[?1049h" not in terminal.output
    terminal.type("fg\n")
    shows_the_screen(terminal, 36)
    terminal.output = b""
    terminal.type("q")
    terminal.until(rb"ready> ")


def test_a_job_that_is_let_go_on_in_the_background_touches_nothing(terminal: TerminalSession):
    settings, *_pids = start(terminal)
    terminal.type("\x1a")
    terminal.until(STOPPED)
    terminal.output = b""
    terminal.type("bg\n")
    while terminal.output.count(b"Stopped") < 1:
        terminal.type("jobs\n")
        terminal.read_some(0.2)
    assert b"\x1b[?1049h" not in terminal.output
    assert terminal.settings() == settings
    terminal.output = b""
    terminal.type("fg\n")
    shows_the_screen(terminal, 36)
    terminal.output = b""
    terminal.type("q")
    terminal.until(rb"ready> ")


def test_where_no_shell_could_bring_it_back_it_is_not_stopped_and_says_so():
    with BareTerminal([]) as terminal:
        terminal.until("Scenarios")
        terminal.output = b""
        terminal.type("\x1a")
        terminal.until("not suspended")
        terminal.type("q")
        assert terminal.ended() == 0


def test_a_run_goes_on_meanwhile_and_is_shown_from_where_the_playhead_stood(terminal: TerminalSession):
    start(terminal)
    terminal.output = b""
    terminal.type("\r")
    terminal.until(rb"recorded live")
    lab = {pid for pid, args in terminal.family().items() if "asgi_vs_wsgi.scenarios.lab" in args}
    terminal.type("\x1a")
    terminal.until(STOPPED)
    servers = {pid for pid, args in terminal.family().items() if "server_targets" in args}
    assert servers
    assert not terminal.until_gone(servers, 20), "the run did not come to its end"
    assert all(Path(f"/proc/{pid}").exists() for pid in lab)
    terminal.output = b""
    terminal.type("fg\n")
    terminal.until(rb"shown at")
    assert not shown_whole(terminal)
    widths = itertools.cycle((110, 120))

    def shown_at_the_end() -> bool:
        """What was recorded meanwhile is still being read, and the end is the end of what is known."""
        terminal.type("e")
        resize(terminal, next(widths), 36)
        terminal.read_some(0.3)
        return shown_whole(terminal)

    until(shown_at_the_end)
    terminal.type("q")
    terminal.until(rb"ready> $")


def shown_whole(terminal: TerminalSession) -> bool:
    """Whether all visitors of the slower target have been shown: three seconds at least."""
    return bool(re.search(rb"32/32 done .{1,3} makespan (?!0)\d", terminal.output))
