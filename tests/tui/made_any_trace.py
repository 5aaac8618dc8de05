"""A trace of any kind, for properties that hold of all."""

from __future__ import annotations

import random

from made_traces import MS, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def any_trace(seed: int) -> TargetTrace:
    """The same for the same seed."""
    pick = random.Random(seed)
    return pick.choice(
        [
            lambda: on_threads(pick.randint(1, 40), workers=pick.randint(1, 4), wait_ns=pick.randint(1, 200) * MS // 4),
            lambda: on_loops(
                pick.randint(1, 40),
                workers=pick.randint(1, 3),
                wait_ns=pick.randint(1, 300) * MS,
                step_ns=pick.randint(1, 3000) * 1000,
            ),
            lambda: on_held_loop(
                pick.randint(1, 16), hold_ns=pick.randint(1, 50) * MS, tidied_at_once=pick.random() < 0.5
            ),
        ]
    )()
