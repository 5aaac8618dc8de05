"""What reaches a real terminal while a hostile run is looked at."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hostile_runs import hostile_run
from obeyed_signs import obeyed
from terminal_session import TerminalSession

ROOT = Path(__file__).parents[2]


TEXTUALS = re.compile(
    r"\x1b\[[?>=<]?[\d;:]*\$?[a-zA-Z]"  # CSI: colours, places, modes
    r"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse's pointer
    r"|\x1b[P_][^\x1b]*\x1b\\"  # questions about the terminal
)


@pytest.mark.xdist_group("screen")
def test_only_textuals_own_orders_reach_a_terminal(tmp_path: Path):
    file = hostile_run(tmp_path)
    with TerminalSession(tmp_path) as terminal:
        terminal.output = b""
        terminal.type(
            f"PYTHONPATH={ROOT} {sys.executable} -m asgi_vs_wsgi replay {file.name} --no-keep; echo code=$?\n"
        )
        terminal.until(rb"8/8 done .{1,3}makespan")
        terminal.type("e")
        for key, shown in (("2", rb"page"), ("3", rb"in flight"), ("4", rb"stage"), ("y", rb"esc closes")):
            terminal.output = terminal.output[-1:]
            terminal.type(key)
            terminal.until(shown)
            _only_textuals(terminal.output)
        terminal.until(rb"OWNED")
        _only_textuals(terminal.output)
        terminal.type("qq")
        terminal.until(rb"code=0")


def _only_textuals(output: bytes) -> None:
    text = output[output.find(b"\x1b") : output.rfind(b"\x1b")].decode()
    assert not obeyed(TEXTUALS.sub("", text)) - set("\r\n")
    assert "\x1b[31;1m" not in text
