"""What showing a saved run costs, in the real screen on a real terminal: playing 64 lanes, and 20,000 visitors."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from figures import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from terminal_session import TerminalSession

CHILD = Path(__file__).with_name("playing_child.py")
LANES = ("--target", "gunicorn-gthread:4x16", "--requests", "1280")
MANY = ("--target", "uvicorn:2", "--arrivals", "constant", "--rate", "500", "--requests", "20000")
SIZE = (192, 72)
"""Columns and lines: 160 cells for each lane beside the list, and a line for each of 64."""
PATIENCE_S = 90
FRAMES_A_SECOND = 30


def measure() -> list[Figure]:
    """Shares of a core, frames a second, seconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lanes, many = _run(folder / "lanes.avw", LANES), _run(folder / "many.avw", MANY)
        play, rest = (_show(folder, lanes, what) for what in ("play", "rest"))
        scrub, fall = (_show(folder, many, what) for what in ("scrub", "fall"))
    return [
        Figure("playing 64 lanes, share of a core", play["share"], 0.25, "CPU time / wall time", at_most=True),
        Figure("playing 64 lanes, frames/s", play["rate"], 0.95 * FRAMES_A_SECOND, "frames drawn / second"),
        Figure("nothing changes, share of a core", rest["share"], 0.01, "CPU time / wall time", at_most=True),
        Figure("20,000 visitors: to open", scrub["opened_s"], 1.0, "seconds from the first screen", at_most=True),
        Figure("20,000 visitors: scrubbing, frames/s", scrub["rate"], 0.95 * FRAMES_A_SECOND, "frames drawn / second"),
        Figure(
            "20,000 visitors: in Waterfall, frames/s", fall["rate"], 0.95 * FRAMES_A_SECOND, "frames drawn / second"
        ),
    ]


def _run(file: Path, options: tuple[str, ...]) -> Path:
    command = [sys.executable, "-P", "-m", "asgi_vs_wsgi", "run", "slow-io", "--no-keep", "--json", "--save", str(file)]
    command += options
    subprocess.run(command, capture_output=True, check=True)
    return file


def _show(folder: Path, run: Path, what: str) -> dict[str, float]:
    out = folder / f"{what}.json"
    with TerminalSession(folder, *SIZE) as terminal:
        terminal.output = b""
        terminal.type(f"COLORTERM=truecolor {sys.executable} {CHILD} {run} {out} {what}; echo code=$?\n")
        deadline = time.monotonic() + PATIENCE_S
        while not out.exists() and time.monotonic() < deadline:
            terminal.read_some(0.05)
            terminal.output = terminal.output[-10_000:]
        terminal.until(rb"code=\d+")
    return msgspec.json.decode(out.read_bytes())


if __name__ == "__main__":
    for figure in measure():
        print(figure)
