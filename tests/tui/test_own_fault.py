"""A fault of ours on the screen ends with one line, and not with a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from terminal_session import TerminalSession

CHILD = """
from asgi_vs_wsgi.tui import open_screen
from asgi_vs_wsgi.tui.screens.playhead_control import PlayheadControl
from asgi_vs_wsgi.tui.screens.watch import WatchScreen
PlayheadControl.fit = lambda self: 1 / 0
WatchScreen.check_action = lambda self, action, parameters: True
raise SystemExit(open_screen.open_tui())
"""


@pytest.mark.xdist_group("screen")
def test_a_fault_of_ours_is_one_line(tmp_path: Path):
    (tmp_path / "child.py").write_text(CHILD)
    os.environ.pop("ASGI_VS_WSGI_TRACEBACK", None)
    with TerminalSession(tmp_path) as terminal:
        terminal.output = b""
        terminal.type(f"PYTHONPATH={Path(__file__).parents[2]} {sys.executable} child.py; echo code=$?\n")
        terminal.until(rb"Scenarios")
        terminal.type("f")
        terminal.until(rb"code=1")
        assert b"a fault of ours: ZeroDivisionError: division by zero (set ASGI_VS_WSGI_TRACEBACK=1" in terminal.output
        assert b"Traceback" not in terminal.output
