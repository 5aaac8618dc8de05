"""Kill each of our processes in the middle of a run: soon nothing is left, and the terminal is as it was."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from busy_machine import slowness
from terminal_session import TerminalSession

from asgi_vs_wsgi.scenarios.catalog import OURS

pytestmark = pytest.mark.live
COMMAND = str(Path(sys.executable).with_name("asgi-vs-wsgi-tui"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The first scenario with one worker a server: of each kind of process there is one."""
    folder = Path(shutil.copytree(OURS / "slow-io", tmp_path / "mine" / "slow-io"))
    toml = (folder / "scenario.toml").read_text(encoding="utf-8")
    assert "workers = 2" in toml
    (folder / "scenario.toml").write_text(toml.replace("workers = 2", "workers = 1"), encoding="utf-8")
    return folder.parent


@pytest.fixture
def running(tmp_path: Path, small: Path):
    """A terminal in which a race is going on, its settings before, and who is who."""
    with TerminalSession(tmp_path) as terminal:
        settings = terminal.settings()
        terminal.output = b""
        terminal.type(f"{COMMAND} --scenarios {small}; echo code=$?\n")
        terminal.until(rb"Scenarios")
        terminal.type("\r")
        terminal.until(rb"recorded live")
        yield terminal, settings, terminal.family()


def who(family: dict[int, str], name: str) -> int:
    command, screen = sorted(pid for pid, args in family.items() if COMMAND in args)
    lab = next(pid for pid, args in family.items() if "asgi_vs_wsgi.scenarios.lab" in args)
    return {"command": command, "screen": screen, "lab": lab}[name]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("victim", ["command", "screen"])
def test_nothing_is_left_and_the_terminal_is_as_it_was(running, victim: str, number: signal.Signals):
    terminal, settings, family = running
    assert len(family) >= 8
    os.kill(who(family, victim), number)
    assert not terminal.until_gone(set(family), 2.0 * slowness())
    assert int(terminal.until(rb"code=(\d+)")[1]) == 128 + number
    assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h")
    assert terminal.settings() == settings


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lab_that_dies_takes_its_servers_and_the_screen_says_so(running, number: signal.Signals):
    terminal, settings, family = running
    stay = {who(family, "command"), who(family, "screen")}
    terminal.output = b""
    os.kill(who(family, "lab"), number)
    assert not terminal.until_gone(set(family) - stay, 2.0 * slowness())
    terminal.until(b"lab process")
    terminal.type("\r")
    terminal.until(b"recorded live")
    terminal.type("q")
    assert terminal.until(rb"code=(\d+)")[1] == b"0"
    assert terminal.settings() == settings
