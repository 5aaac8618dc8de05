"""How long a tournament or a ladder will take, guessed before it begins.

What each server took for this load is known from earlier runs, or else guessed from those that are known, or from the
load itself; starting a server and warming it up comes on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.planning.load import (
    LEAST_ROUNDS,
    MOST_ROUNDS,
    TOURNAMENT_BUDGET_S,
    ladder_steps,
    round_count,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Load

START_S = 2.0
"""Starting a server, warming it up, timing it alone and ending it: on a machine with little else to do."""
STEP_S = 0.5
"""Around each step of a ladder: the server is there already."""
UNKNOWN_S = 2.0
"""Of a burst of which nothing is known."""


class Estimate(NamedTuple):
    """`measured`: of how many of the `among` servers an earlier run tells how long they take."""

    seconds: float
    measurements: int
    rounds: int
    measured: int
    among: int


def tournament_estimate(load: Load, servers: Sequence[str], known_s: Mapping[str, float]) -> Estimate:
    """Each server once in a round; more rounds where they are short, as the tournament itself decides it."""
    round_s = sum(START_S + span_s(load, server, known_s) for server in servers)
    rounds = round_count(round_s, LEAST_ROUNDS, MOST_ROUNDS, TOURNAMENT_BUDGET_S) if servers else 0
    return _estimate(rounds * round_s, rounds * len(servers), rounds, servers, known_s)


def ladder_estimate(load: Load, targets: Sequence[str], known_s: Mapping[str, float]) -> Estimate:
    """The run itself, and each step of each target: a burst takes longer the more come."""
    steps = ladder_steps(load)
    own = (load.concurrency if load.arrivals == "closed" else load.requests) or 1
    spans = [span_s(load, target, known_s) for target in targets]
    parts = [1.0 if load.arrivals == "closed" else min(step, own) / own for step in steps]
    whole_s = sum(START_S + span + sum(STEP_S + part * span for part in parts) for span in spans)
    return _estimate(whole_s, len(targets) * (1 + len(steps)), 1, targets, known_s)


def span_s(load: Load, name: str, known_s: Mapping[str, float]) -> float:
    """From the first visitor to the last."""
    if load.duration_s:
        return load.duration_s
    if load.rate and load.requests:
        return load.requests / load.rate
    return known_s.get(name) or (sorted(known_s.values())[len(known_s) // 2] if known_s else UNKNOWN_S)


def _estimate(
    seconds: float, measurements: int, rounds: int, names: Sequence[str], known_s: Mapping[str, float]
) -> Estimate:
    return Estimate(seconds, measurements, rounds, sum(name in known_s for name in names), len(names))
