"""`make bench`: ratios against a peer, measured side by side in one run; a table, and the same as JSON with --json."""

from __future__ import annotations

import sys

import accuracy
import driver_cost
import msgspec
import playing
import probe_cost
import scale
import screen_cost
import simulation_speed
import stall
from figures import Figure


def figures() -> list[Figure]:
    """All of them, with progress on stderr."""
    found: list[Figure] = []
    for words, measure in (
        ("what the driver costs", driver_cost.measure),
        ("what the probe costs", lambda: [probe_cost.measure(server) for server in probe_cost.REACH]),
        ("how true the probe's intervals are", accuracy.measure),
        ("how much fits into a run", scale.measure),
        ("whether a stall is seen", stall.measure),
        ("what the screen costs", screen_cost.measure),
        ("what showing a saved run costs", playing.measure),
        ("how fast the simulator is", simulation_speed.measure),
    ):
        print(f"measuring {words} …", file=sys.stderr)
        found += measure()
    return found


def main() -> None:
    """Measure and print."""
    found = figures()
    if "--json" in sys.argv:
        print(msgspec.json.encode(found).decode())
        return
    for figure in found:
        bound = f"{'at most' if figure.at_most else 'at least'} {figure.reach:g}"
        mark = "reached" if figure.reached else "NOT REACHED"
        print(f"{figure.name:34} {figure.measured:8.3f}   {bound:14} {mark:12} {figure.what}")


if __name__ == "__main__":
    main()
