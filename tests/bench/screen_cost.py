"""What the screen costs: p95 of `slow-io` measured by the open TUI, against the same measured headless, in turn.

    python tests/bench/screen_cost.py [PAIRS]

About 25 seconds a run, two runs a pair: five pairs take four minutes, and each run is told on stderr as it ends.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from terminal_session import TerminalSession

PAIRS = 5
ROUNDS = 3
"""As many as the key `m` measures."""
WHAT = "p95 of slow-io, with the screen open / headless"
CHILD = Path(__file__).with_name("screen_child.py")
PATIENCE_S = 120


def measure(pairs: int = PAIRS) -> list[Figure]:
    """The ratio of the medians for each target; within 2 % is no difference."""
    screen: list[dict[str, float]] = []
    headless: list[dict[str, float]] = []
    began_s = time.monotonic()
    for pair in range(pairs):
        for what, one, into in (("screen", _screen, screen), ("headless", _headless, headless))[
            :: 1 if pair % 2 else -1
        ]:
            into.append(one())
            told = ", ".join(f"{name} {p95_ms:.0f} ms" for name, p95_ms in into[-1].items())
            print(f"  pair {pair + 1} of {pairs}, {what}: {told} ({time.monotonic() - began_s:.0f} s)", file=sys.stderr)
    return [
        Figure(f"screen, {name}", _median(screen, name) / _median(headless, name), 1.02, WHAT, at_most=True)
        for name in headless[0]
    ]


def _median(runs: list[dict[str, float]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _p95(document: bytes) -> dict[str, float]:
    return {target["name"]: target["latency_ms"]["p95"] for target in json.loads(document)["targets"]}


def _headless() -> dict[str, float]:
    command = [sys.executable, "-P", "-m", "asgi_vs_wsgi", "run", "slow-io", "--rounds", str(ROUNDS), "--json"]
    return _p95(subprocess.run(command, capture_output=True, check=True).stdout)


def _screen() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, TerminalSession(Path(folder)) as terminal:
        out = Path(folder) / "result.json"
        terminal.output = b""
        terminal.type(f"{sys.executable} {CHILD} {out}; echo code=$?\n")
        terminal.until(rb"Scenarios")
        terminal.type("m")
        deadline = time.monotonic() + PATIENCE_S
        while not out.exists() and time.monotonic() < deadline:
            terminal.read_some(0.1)
        terminal.type("q")
        terminal.until(rb"code=\d+")
        return _p95(out.read_bytes())


if __name__ == "__main__":
    for figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS):
        print(figure)
