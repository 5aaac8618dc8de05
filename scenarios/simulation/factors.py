"""By what a run's numbers are multiplied to ask what would be if they were others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.model.limits import REQUESTS, THREADS, WORKERS, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

FACTORS = ("workers", "threads", "visitors", "wait")
LIMITS: dict[str, Limits] = {"workers": WORKERS, "threads": THREADS, "visitors": REQUESTS}
"""Of the factors that change a number."""
MOST_TIMES = 64
"""As much as a factor changes anything by."""


@dataclass(frozen=True, slots=True)
class WhatIfFactors:
    """Factors, and not numbers, so that one setting fits every target."""

    workers: float = 1.0
    threads: float = 1.0
    visitors: float = 1.0
    wait: float = 1.0

    def changed(self, name: str, steps: int) -> WhatIfFactors:
        """One of them doubled or halved, within 1/64 and 64."""
        factor = min(float(MOST_TIMES), max(1 / MOST_TIMES, getattr(self, name) * 2.0**steps))
        return replace(self, **{name: factor})


def changed_number(name: str, number: int, chosen: WhatIfFactors) -> int:
    """A target's number of workers, threads or visitors, within what a run may have."""
    limits, value = LIMITS[name], number * float(getattr(chosen, name))
    return max(limits.low, min(limits.high, round(value)))


def idle_factors(predict: Callable[[WhatIfFactors], object]) -> frozenset[str]:
    """Those that leave what is predicted from the run's own numbers as it is, each changed alone, either way."""
    run = WhatIfFactors()
    now = predict(run)
    return frozenset(name for name in FACTORS if all(predict(run.changed(name, steps)) == now for steps in (-1, 1)))
