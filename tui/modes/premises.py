"""What a law would predict from if some numbers were others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from scenarios.analysis.laws import LAWS, Premises
from scenarios.limits import REQUESTS, THREADS, WORKERS, Limits
from scenarios.result import TargetResult
from tui.modes.sight import Seen, Sight

BY_THREADS = "one-per-thread"
"""The one law in which threads are counted."""
KEYS = (("w", "workers"), ("h", "threads"), ("v", "visitors"), ("i", "wait"))


@dataclass(frozen=True, slots=True)
class WhatIf:
    """By what the user would have the run changed; factors, so that one setting fits every target."""

    workers: float = 1.0
    threads: float = 1.0
    visitors: float = 1.0
    wait: float = 1.0

    def changed(self, name: str, steps: int) -> WhatIf:
        """One of them doubled or halved, within 1/64 and 64."""
        factor = min(64.0, max(1 / 64, getattr(self, name) * 2.0**steps))
        return replace(self, **{name: factor})


class Prediction(NamedTuple):
    """A law, what it predicts from, and the makespan that it predicts."""

    law: str
    premises: Premises
    time_s: float


def prediction(sight: Sight, seen: Seen, target: TargetResult | None, chosen: WhatIf) -> Prediction | None:
    """None where the target has no law, or no lone request was timed."""
    facts, trace = seen.trace.facts, seen.trace
    law, service_s, cpu_s = facts.law, trace.service_ns / 1e9, trace.service_cpu_ns / 1e9
    if law is None or not service_s:
        return None
    planned = len(trace.visits)
    visitors = _within(REQUESTS, planned * chosen.visitors)
    workers = _within(WORKERS, facts.workers * chosen.workers)
    threads = _within(THREADS, facts.threads * chosen.threads) if law == BY_THREADS else facts.threads
    computing = law == "cpu-shared"
    waited_s = 0.0 if computing else max(0.0, service_s - cpu_s)
    changed_s = service_s * chosen.wait if computing else waited_s * chosen.wait + min(cpu_s, service_s)
    known = target.law.busiest if target and target.law and chosen.visitors == chosen.workers == 1 else None
    busiest = known or -(-visitors // workers)
    premises = Premises(visitors, workers, threads, sight.cores, changed_s, cpu_s, busiest)
    time_s = LAWS[law](premises)
    return Prediction(law, premises, time_s) if time_s is not None else None


def changes_nothing(sight: Sight, chosen: WhatIf) -> frozenset[str]:
    """The knobs that leave every prediction of this run as it is, turned either way."""
    results = {target.name: target for target in sight.targets}

    def times(knobs: WhatIf) -> list[float | None]:
        told = [prediction(sight, seen, results.get(seen.trace.facts.name), knobs) for seen in sight.seen]
        return [each and each.time_s for each in told]

    now = times(chosen)
    return frozenset(name for _, name in KEYS if all(times(chosen.changed(name, steps)) == now for steps in (-1, 1)))


def _within(limits: Limits, value: float) -> int:
    return max(int(limits.low), min(int(limits.high), round(value)))
