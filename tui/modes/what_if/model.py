"""What a law would predict from if some numbers were others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises
from asgi_vs_wsgi.scenarios.model.limits import REQUESTS, THREADS, WORKERS, Limits
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext, TargetView
from asgi_vs_wsgi.tui.modes.what_if.law_basis import PredictionBasis, busiest_of

BY_THREADS = "one-per-thread"
"""The one law in which threads are counted."""
BY_SHARES = ("one-per-thread", "loop-held", "cpu-shared")
"""Laws of the busiest worker; visitors are shared as unevenly as they were measured."""
KEYS = (("w", "workers"), ("h", "threads"), ("v", "visitors"), ("i", "wait"))
LIMITS: dict[str, Limits] = {"workers": WORKERS, "threads": THREADS, "visitors": REQUESTS}
"""Of the knobs that change a number."""
MOST_TIMES = 64
"""As much as a knob changes anything by."""


@dataclass(frozen=True, slots=True)
class WhatIfFactors:
    """By what the user would have the run changed; factors, so that one setting fits every target."""

    workers: float = 1.0
    threads: float = 1.0
    visitors: float = 1.0
    wait: float = 1.0

    def changed(self, name: str, steps: int) -> WhatIfFactors:
        """One of them doubled or halved, within 1/64 and 64."""
        factor = min(float(MOST_TIMES), max(1 / MOST_TIMES, getattr(self, name) * 2.0**steps))
        return replace(self, **{name: factor})


class Prediction(NamedTuple):
    """What it rests on, the premises with other numbers, and the makespan that the law predicts from them."""

    basis: PredictionBasis
    premises: Premises
    time_s: float

    @property
    def uneven(self) -> bool:
        """Whether the busiest worker has more than its share."""
        p = self.premises
        return self.basis.law in BY_SHARES and (p.busiest or 0) > -(-p.requests // p.workers)


def prediction(
    found: PredictionBasis, sight: ModeContext, seen: TargetView, target: TargetResult | None, chosen: WhatIfFactors
) -> Prediction | None:
    """None where the law lacks a number that was not measured."""
    premises = _premises(found, sight, seen, target, chosen)
    time_s = LAWS[found.law](premises)
    return Prediction(found, premises, time_s) if time_s is not None else None


def _premises(
    found: PredictionBasis, sight: ModeContext, seen: TargetView, target: TargetResult | None, chosen: WhatIfFactors
) -> Premises:
    facts, planned = seen.trace.facts, len(seen.trace.visits)
    visitors = changed_number("visitors", planned, chosen)
    workers = changed_number("workers", facts.workers, chosen)
    threads = changed_number("threads", facts.threads, chosen) if found.law == BY_THREADS else facts.threads
    known = busiest_of(target) if found.law in BY_SHARES else None
    uneven = known * facts.workers / planned if known and planned else 1.0
    busiest = min(visitors, max(-(-visitors // workers), round(uneven * visitors / workers)))
    cores = (target.law.cores if target and target.law else None) or sight.cores
    return Premises(visitors, workers, threads, cores, _service_s(found, chosen), found.cpu_s, busiest)


def _service_s(found: PredictionBasis, chosen: WhatIfFactors) -> float:
    """Only what waits grows with the wait; where the work is CPU, all of it does."""
    if found.law == "cpu-shared":
        return found.service_s * chosen.wait
    computing_s = min(found.cpu_s, found.service_s)
    return (found.service_s - computing_s) * chosen.wait + computing_s


def changes_nothing(told: Callable[[WhatIfFactors], object]) -> frozenset[str]:
    """The knobs that leave what is `told` of the run's own numbers as it is, each turned alone, either way."""
    run = WhatIfFactors()
    now = told(run)
    return frozenset(name for _, name in KEYS if all(told(run.changed(name, steps)) == now for steps in (-1, 1)))


def changed_number(name: str, number: int, chosen: WhatIfFactors) -> int:
    """A target's number of workers, threads or visitors, within what a run may have."""
    limits, value = LIMITS[name], number * float(getattr(chosen, name))
    return max(limits.low, min(limits.high, round(value)))
