"""The stall oracle, long: how far the share of slow requests is from what a stall of 15 of 60 seconds makes it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import anyio
from figures import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "scenarios"))
from stalled_run import PARTS, Stalled, stalled_runs

RUN_S = 60.0
STALL_S = 15.0
POOL = 10


def measure() -> list[Figure]:
    """The worst of three points, with a connection a visitor and with a pool; and what sends alone would say."""
    both = anyio.run(partial(stalled_runs, RUN_S, STALL_S, (None, POOL)), backend_options={"use_uvloop": True})
    free, pooled = both[None], both[POOL]
    x_s = pooled.stall_s / 4
    unseen = pooled.share_above(pooled.visits.sent_ns, x_s) / pooled.predicted(x_s)
    return [
        Figure("stall, a connection a visitor", _worst(free), 0.10, "off the oracle, from the intended start", True),
        Figure("stall, a pool of ten", _worst(pooled), 0.10, "off the oracle, from the intended start", True),
        Figure("stall, a pool of ten, uncorrected", unseen, 0.50, "of the slow requests are seen from the send", True),
    ]


def _worst(stalled: Stalled) -> float:
    points = [part * stalled.stall_s for part in PARTS]
    return max(abs(stalled.share_above(stalled.visits.intended_ns, x_s) / stalled.predicted(x_s) - 1) for x_s in points)


if __name__ == "__main__":
    for figure in measure():
        print(figure)
