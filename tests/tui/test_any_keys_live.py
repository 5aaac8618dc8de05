"""Keys in any order on the real screen and a real lab, in a terminal: no traceback, a clean end, nothing left."""

from __future__ import annotations

import random
import re
import sys
import time
from pathlib import Path

import pytest
from terminal_session import TerminalSession

pytestmark = pytest.mark.live
COMMAND = str(Path(sys.executable).with_name("asgi-vs-wsgi-tui"))
KEYS = [
    *"mltr je0+-fnp123456789kabcdx?o,. /uzNPSgG<>",
    "\x1b[15~",
    "\x1b[6~",
    "\r",
    "\r",
    "\r",
    "\x1b",
    "\x1b",
    "\t",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
]
FOR_S = 8.0
LAYERS = 5
"""A filter over help over the list of runs, a presentation, and a mode; each is closed by esc."""


def press_keys(terminal: TerminalSession, pick: random.Random) -> set[int]:
    """For some seconds; returns every process that was seen meanwhile."""
    seen: set[int] = set()
    end_s = time.monotonic() + FOR_S
    while time.monotonic() < end_s:
        terminal.type(pick.choice(KEYS))
        terminal.read_some(pick.choice([0.0, 0.05, 0.2]))
        seen |= set(terminal.family())
    return seen


def read_for(terminal: TerminalSession, seconds: float) -> None:
    """An esc that is followed by a key at once is alt with that key."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        terminal.read_some(0.05)


def leave(terminal: TerminalSession) -> None:
    """Close what lies over the screen, and the screen. A busy program may take an esc and the key after it for alt."""
    deadline_s = time.monotonic() + 30
    while not re.search(rb"code=\d", terminal.output) and time.monotonic() < deadline_s:
        for key in (*["\x1b"] * LAYERS, "q"):
            terminal.type(key)
            read_for(terminal, 0.3)


def test_any_keys_during_live_runs_do_no_harm_and_leave_nothing(tmp_path: Path):
    seed = random.randrange(sys.maxsize)
    print(f"seed {seed}")
    with TerminalSession(tmp_path, 80, 24) as terminal:
        terminal.type(f"{COMMAND}; echo code=$?\n")
        terminal.until(rb"Scenarios")
        terminal.type("\r")
        terminal.until(rb"recorded live|shown at")
        seen = press_keys(terminal, random.Random(seed))
        read_for(terminal, 0.3)  # the last of them may have been an esc too
        leave(terminal)
        code = terminal.until(rb"code=(\d+)")[1]
        assert code == b"0", terminal.output[-2000:].decode(errors="replace")
        assert b"Traceback" not in terminal.output
        assert len(seen) >= 8
        assert not terminal.until_gone(seen, 2.0)
