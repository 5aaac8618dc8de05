"""A trace of any kind, for properties that hold of all."""

from __future__ import annotations

import random

from made_traces import MS, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def any_trace(seed: int) -> TargetTrace:
    """The same for the same seed."""
    pick = random.Random(seed)
    trace = pick.choice(
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
    _in_pieces(trace, random.Random(f"{seed} pieces"))
    return trace


def _in_pieces(trace: TargetTrace, pick: random.Random) -> None:
    """Some of the answers come in pieces, at any time of their visits."""
    visits = trace.visits
    for row in range(len(visits)):
        if visits.done_ns[row] and pick.random() < 0.5:
            times_ns = [pick.randint(visits.sent_ns[row], visits.done_ns[row]) for _ in range(pick.randint(2, 12))]
            visits.pieces.put(row, len(times_ns), sorted(times_ns))
