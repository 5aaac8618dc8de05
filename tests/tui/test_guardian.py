"""However the screen dies, the terminal is as it was; the exit code says how it went."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from terminal_session import TerminalSession

ROOT = Path(__file__).parents[2]
TAKE_OVER = r"""
import os, signal, sys, time, tty
sys.path.insert(0, {root!r})
import asgi_vs_wsgi.tui.terminal.supervisor
from asgi_vs_wsgi.tui.terminal.supervisor import run_supervised
asgi_vs_wsgi.tui.terminal.supervisor.PATIENCE_S = 0.3

def work(on_screen):
    on_screen.set(True)
    tty.setraw(0)
    os.write(2, b"\x1b[?1049h\x1b[?1003h\x1b[?25lscreen is up\r\n")
    {body}
    on_screen.set(False)
    return 7

sys.exit(run_supervised(work))
"""


@pytest.fixture
def terminal(tmp_path: Path):
    with TerminalSession(tmp_path) as session:
        yield session


def start(terminal: TerminalSession, folder: Path, body: str) -> tuple[bytes, list[int]]:
    """Returns the settings before, and the pids of guardian and screen."""
    settings = terminal.settings()
    (folder / "program.py").write_text(TAKE_OVER.format(root=str(ROOT), body=body))
    terminal.output = b""
    terminal.type(f"{sys.executable} program.py; echo code=$?\n")
    terminal.until(rb"screen is up")
    return settings, sorted(pid for pid, args in terminal.family().items() if "program.py" in args)


def test_an_ordinary_end_keeps_its_exit_code(terminal: TerminalSession, tmp_path: Path):
    settings, _pids = start(terminal, tmp_path, "pass")
    assert terminal.until(rb"code=(\d+)")[1] == b"7"
    assert b"\x1b[?1049l" not in terminal.output
    assert terminal.settings() == settings


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_screen_that_is_killed_leaves_the_terminal_as_it_was(terminal: TerminalSession, tmp_path: Path, number):
    settings, (_guardian, screen) = start(terminal, tmp_path, "time.sleep(60)")
    os.kill(screen, number)
    assert int(terminal.until(rb"code=(\d+)")[1]) == 128 + number
    for undo in (rb"\x1b[?1049l", rb"\x1b[?1003l", rb"\x1b[?25h", rb"\x1b[?2004l", rb"\x1b[<u"):
        assert undo.replace(rb"\x1b", b"\x1b") in terminal.output
    assert terminal.settings() == settings


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_command_reaches_the_screen(terminal: TerminalSession, tmp_path: Path, number):
    body = f"signal.signal({int(number)}, lambda *_: os._exit(42)); print('listening', flush=True); time.sleep(60)"
    _settings, (guardian, _screen) = start(terminal, tmp_path, body)
    terminal.until(rb"listening")
    os.kill(guardian, number)
    assert terminal.until(rb"code=(\d+)")[1] == b"42"


def test_a_screen_that_does_not_listen_is_ended_all_the_same(terminal: TerminalSession, tmp_path: Path):
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    settings, (guardian, screen) = start(terminal, tmp_path, body)
    terminal.until(rb"deaf")
    os.kill(guardian, signal.SIGTERM)
    assert terminal.until(rb"code=(\d+)")[1] == b"137"
    assert not terminal.until_gone({screen}, 1)
    assert terminal.settings() == settings


def test_a_guardian_that_is_killed_takes_the_screen_with_it(terminal: TerminalSession, tmp_path: Path):
    _settings, (guardian, screen) = start(terminal, tmp_path, "time.sleep(60)")
    os.kill(guardian, signal.SIGKILL)
    assert not terminal.until_gone({guardian, screen}, 2)


def test_a_fault_is_one_line_not_a_traceback(terminal: TerminalSession, tmp_path: Path):
    _settings, _pids = start(terminal, tmp_path, "raise ValueError('odd')")
    assert terminal.until(rb"code=(\d+)")[1] == b"1"
    assert b"a fault of ours: ValueError: odd" in terminal.output
    assert b"Traceback" not in terminal.output
