"""How well `simulate` tells what `run` measures: a table, for every scenario that can be simulated.

Each scenario is run twice with the same settings. The first run calibrates, the second is what is to be told; how far
the two runs are apart is what no simulation can be held to. Then some settings that were not calibrated are run too.

    python tests/bench/simulation_accuracy.py [SCENARIO ...]        minutes; wants the machine to itself
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from asgi_vs_wsgi.scenarios.catalog import load_catalog

OTHER_SETTINGS = {
    "slow-io": [["--target", "gunicorn-sync:4"], ["--target", "gunicorn-sync:8"], ["--target", "uvicorn:1"]],
    "threads-to-the-rescue": [["--target", "gunicorn-gthread:1x8"], ["--target", "gunicorn-gthread:2x16"]],
    "fast-and-slow": [["--target", "gunicorn-sync:4", "--target", "gunicorn-gthread:1x8", "--target", "uvicorn:1"]],
    "blocked-loop": [["--target", "uvicorn:2"]],
    "cpu-bound": [["--target", "gunicorn-sync:2", "--target", "uvicorn:2"]],
    "uneven-workers": [["--target", "gunicorn-sync:2", "--target", "gunicorn-gthread:1x4"]],
}
HEADER = (
    *("scenario", "target", "p50 simulated", "live", "error"),
    *("p95 simulated", "interval", "live", "error", "live again", "taken"),
)
WIDTHS = (30, 22, 14, 9, 8, 14, 19, 9, 8, 11, 6)


def line(cells: tuple[str, ...]) -> None:
    """The first two to the left."""
    told = (
        cell.ljust(width) if at < 2 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    print(" ".join(told), flush=True)


def error(simulated_ms: float, live_ms: float) -> str:
    """`+2.1%`; below 10 ms the difference itself says more."""
    if live_ms < 10:
        return f"{simulated_ms - live_ms:+.1f} ms"
    return f"{simulated_ms / live_ms - 1:+.1%}"


def command(*words: str) -> tuple[dict[str, Any] | None, str]:
    """The JSON document that it prints, and what it says besides."""
    environment = os.environ | {"XDG_CONFIG_HOME": "/nonexistent", "ASGI_VS_WSGI_NO_KEEP": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "asgi_vs_wsgi", *words, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    told = [line for line in done.stderr.split("\n") if line.startswith("asgi-vs-wsgi-tui: ")]
    return (json.loads(done.stdout) if done.stdout else None), "\n".join(told)


def rows(name: str, simulated: dict[str, Any], live: dict[str, Any], before: dict[str, Any] | None) -> None:
    """A line for each target that was simulated."""
    measured = {target["name"]: target for target in live["targets"]}
    first = {target["name"]: target for target in before["targets"]} if before else {}
    for target in simulated["targets"]:
        real = measured.get(target["name"])
        sim, truth = target["latency_ms"], real and real["latency_ms"]
        if not (real and sim and truth):
            continue
        machine = real["machine"] or {"others_share": 0.0, "stolen_share": 0.0}
        again = first.get(target["name"], {}).get("latency_ms")
        low, high = sim["interval"]
        line(
            (
                *(name, target["name"], f"{sim['p50']:.1f}", f"{truth['p50']:.1f}", error(sim["p50"], truth["p50"])),
                *(f"{sim['p95']:.1f}", f"{low:.1f} to {high:.1f}", f"{truth['p95']:.1f}"),
                *(error(sim["p95"], truth["p95"]), error(again["p95"], truth["p95"]) if again else "–"),
                f"{machine['others_share'] + machine['stolen_share']:.0%}",
            )
        )


def main(names: list[str]) -> None:
    """The table."""
    line(HEADER)
    for name in names or [scenario.name for scenario in load_catalog().scenarios]:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "run.avw")
            first, told = command("run", name, "--save", file)
            if first is None:
                print(f"{name:22} was not run: {told}")
                continue
            simulated, told = command("simulate", file)
            if told:
                print(f"{name:22} {told.replace(file, 'the run')}")
            if simulated is None:
                continue
            second, _ = command("run", name)
            if second:
                rows(name, simulated, second, first)
            for words in OTHER_SETTINGS.get(name, []):
                simulated, _ = command("simulate", file, *words)
                live, _ = command("run", name, *words)
                if simulated and live:
                    rows(f"{name} changed", simulated, live, None)


if __name__ == "__main__":
    main(sys.argv[1:])
