"""A terminal that is slow to take what is written: the screen draws less, says so, and is left by its key."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from terminal_session import TerminalSession

pytestmark = pytest.mark.live
COMMAND = str(Path(sys.executable).with_name("asgi-vs-wsgi-tui"))
RUN = Path(__file__).parent / "recordings" / "slow-io.avw"


def read_slowly(terminal: TerminalSession, bytes_a_second: int, until: bytes, seconds: float) -> None:
    """As over a slow link."""
    end_s = time.monotonic() + seconds
    while until not in terminal.output and time.monotonic() < end_s:
        terminal.read_some(0.05, bytes_a_second // 20)
        time.sleep(0.05)


def test_over_a_slow_link_fewer_frames_are_drawn_and_the_status_line_says_so(tmp_path: Path):
    with TerminalSession(tmp_path, 200, 60) as terminal:
        terminal.type(f"{COMMAND} replay {RUN}; echo code=$?\n")
        terminal.until(rb"shown at")
        read_slowly(terminal, 8000, b"slow terminal", 20)
        assert b"slow terminal" in terminal.output
        terminal.type("q")
        assert terminal.until(rb"code=(\d+)")[1] == b"0"
