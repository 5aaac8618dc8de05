"""Where the screen is shown, and how large: on the terminal that stdin and stdout are, and as large as that is."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pyte
import pytest
from bare_terminal import BareTerminal

pytestmark = pytest.mark.live
RUN = Path(__file__).parent / "recordings" / "slow-io.avw"
SHOWN = "Scenarios"
ROOMY = (500, 200)


def drawn_size(output: bytes) -> tuple[int, int]:
    """How far to the right and down anything was put, in a terminal that is larger than it says."""
    screen = pyte.Screen(*ROOMY)
    pyte.ByteStream(screen).feed(output)
    columns = [column for row in screen.buffer.values() for column, cell in row.items() if cell != screen.default_char]
    lines = [line for line, row in screen.buffer.items() if any(cell != screen.default_char for cell in row.values())]
    return max(columns) + 1, max(lines) + 1


@pytest.mark.parametrize("stderr", ["file", "pipe", None])
def test_a_stderr_that_is_no_terminal_gets_none_of_the_screen(tmp_path: Path, stderr: str | None):
    file = tmp_path / "err" if stderr else None
    if file and stderr == "pipe":
        os.mkfifo(file)  # opened for reading and writing, it has a reader
    elif file:
        file.touch()
    with BareTerminal(["replay", str(RUN)], stderr=file) as terminal:
        terminal.until("\x1b[?2048$p")  # it has the terminal; what it then draws, other tests see
        terminal.type("q")
        assert terminal.ended() == 0
        assert b"\x1b[?1049l" in terminal.output
    assert stderr != "file" or file.read_bytes() == b""


def test_a_command_that_is_ended_brings_the_terminal_back_and_leaves_stderr_alone(tmp_path: Path):
    (tmp_path / "err").touch()
    with BareTerminal([], stderr=tmp_path / "err") as terminal:
        terminal.until(SHOWN)
        children = Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        assert terminal.ended() == 128 + signal.SIGKILL
        assert b"\x1b[?1049l" in terminal.output
    assert (tmp_path / "err").read_bytes() == b""


@pytest.mark.parametrize("stated", [{"COLUMNS": "70", "LINES": "20"}, {"COLUMNS": "x", "LINES": "60"}], ids=str)
def test_the_terminal_tells_its_size_whatever_the_environment_says(stated: dict[str, str]):
    with BareTerminal([], size=(100, 30), env=stated) as terminal:
        terminal.until(SHOWN)
        terminal.until("quit")
        assert drawn_size(terminal.output) == (100, 30)
        terminal.output = b""
        terminal.resize(120, 40)
        terminal.until("40;1H")
        terminal.type("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(("size", "drawn"), [((0, 50), (80, 50)), ((400, 120), (400, 120))], ids=str)
def test_any_size_is_drawn(size: tuple[int, int], drawn: tuple[int, int]):
    with BareTerminal([], size=size) as terminal:
        terminal.until(SHOWN)
        terminal.until("quit")
        assert drawn_size(terminal.output) == drawn
        terminal.type("q")
        assert terminal.ended() == 0


def test_a_window_that_can_show_nothing_is_left_by_its_key():
    with BareTerminal([], size=(1, 1)) as terminal:
        terminal.until("\x1b[?2048$p")
        terminal.type("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(("controlling", "key"), [(False, ""), (True, "\r")], ids=["no SIGHUP", "as a run starts"])
def test_a_terminal_that_vanishes_takes_the_program_with_it(controlling: bool, key: str):
    """One that is not the session's own, as of a program in another's window, vanishes without a signal."""
    with BareTerminal([], controlling=controlling) as terminal:
        terminal.until(SHOWN)
        terminal.type(key)
        terminal.vanish()
        # The screen ends by itself; on a machine that does not let it in time, it is ended.
        assert terminal.ended() in (128 + signal.SIGHUP, 128 + signal.SIGKILL)


@pytest.mark.parametrize("name", ["dumb", "", "vt52"])
def test_a_terminal_that_can_place_nothing_gets_text_alone(name: str):
    """`replay` shows nothing else: the same check stands before the laboratory (test_screen_obstacle)."""
    with BareTerminal(["replay", str(RUN)], env={"TERM": name}) as terminal:
        assert terminal.ended() == 2
        assert b"\x1b" not in terminal.output
        assert terminal.output.startswith(b"asgi-vs-wsgi-tui: replay: TERM")
        assert terminal.output.count(b"\n") == 1


def test_a_character_set_without_the_signs_is_named():
    with BareTerminal(["replay", str(RUN)], env={"PYTHONIOENCODING": "latin-1"}) as terminal:
        assert terminal.ended() == 2
        assert b"character set (" in terminal.output
        assert b"\x1b" not in terminal.output


@pytest.mark.parametrize("colourless", [{"TERM": "vt100"}], ids=str)
def test_a_terminal_without_colours_gets_none(colourless: dict[str, str]):
    with BareTerminal([], env={"COLORTERM": ""} | colourless) as terminal:
        terminal.until(SHOWN)
        terminal.until("quit")
        terminal.type("q")
        assert terminal.ended() == 0
        colours = {tuple(match[1].split(b";")) for match in re.finditer(rb"\x1b\[([0-9;]*)m", terminal.output)}
        assert not any(_is_colour(each) for each in colours)


def _is_colour(codes: tuple[bytes, ...]) -> bool:
    """Greys are none: red, green and blue alike."""
    if b"2" in codes and (b"38" in codes or b"48" in codes):
        at = codes.index(b"2")
        return len(set(codes[at + 1 : at + 4])) > 1
    return any(31 <= int(code or 0) <= 36 or 41 <= int(code or 0) <= 46 for code in codes)
