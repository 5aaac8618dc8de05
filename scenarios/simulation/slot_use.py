"""Little's law, for visitors who come at a rate: slots in use = arrivals a second × the time that each holds a slot.

A worker or a thread is held while its visitor is served; an event loop only while it runs: who awaits holds nothing.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.time_spent import spent_ms, untold
from asgi_vs_wsgi.scenarios.analysis.unserved import with_page
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_S
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors, changed_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts


HOLDING = ("receiving", "running", "blocked", "stalled")
"""The states in which a visitor holds a worker or a thread; a coroutine holds its loop while it runs."""


NEAR = 0.8
"""Of all slots: by chance more come at once than are free, long before all are in use on average."""


class Crowding(Enum):
    """How the slots that are wanted compare with those that there are."""

    FREE = auto()
    NEAR = auto()
    """Some wait."""
    BEYOND = auto()
    """The line grows without end."""


class SlotUse(NamedTuple):
    """How many slots are wanted, and how many there are."""

    rate: float
    """Visitors a second: all who come, or, of what was measured, those who were served, over the whole run."""
    hold_s: float
    aside_s: float
    """For how long each awaits: it holds no slot meanwhile."""
    slots: int

    @property
    def wanted(self) -> float:
        """Little's law."""
        return self.rate * self.hold_s

    @property
    def aside(self) -> float:
        """The same law, for those who await."""
        return self.rate * self.aside_s

    @property
    def crowding(self) -> Crowding:
        """On average."""
        if self.wanted >= self.slots:
            return Crowding.BEYOND
        return Crowding.NEAR if self.wanted >= NEAR * self.slots else Crowding.FREE


class SlotUses(NamedTuple):
    """By those who were served, as measured, and by all who come, with other numbers."""

    measured: SlotUse
    predicted: SlotUse


def slot_uses(
    facts: TargetFacts,
    figures: TargetResult,
    arrivals_ns: Iterable[int],
    elapsed_s: float | None,
    chosen: WhatIfFactors,
) -> SlotUses | None:
    """From the times at which visitors have come so far, and the means of those who were served.

    As measured they were served at the run's throughput: who is in line while nobody comes any more is served, too.
    None where nobody was served, or where what a longer wait would bring is not known: for how long they wait is not.
    """
    rate = _rate(arrivals_ns)
    if not rate or not figures.states_ms or (untold(figures) and chosen.wait != 1 and not is_looped(facts)):
        return None
    states = ("running",) if is_looped(facts) else HOLDING
    hold_s = spent_ms(figures, *states) / 1000
    aside_s = spent_ms(figures, "awaiting") / 1000 if is_looped(facts) else 0.0
    use = SlotUse(rate, hold_s, aside_s, _slots(facts, figures, WhatIfFactors()))
    return SlotUses(
        use._replace(rate=_served_rate(figures, elapsed_s)),
        _changed(facts, figures, use, chosen),
    )


def _rate(arrivals_ns: Iterable[int]) -> float:
    """A second; 0 where it is not known."""
    arrivals = list(arrivals_ns)
    lasted_ns = max(arrivals) - min(arrivals) if arrivals else 0
    return (len(arrivals) - 1) / (lasted_ns / NS_PER_S) if lasted_ns else 0.0


def is_looped(facts: TargetFacts) -> bool:
    """Whether its slots are event loops, which hold whom they run and nobody else."""
    return facts.slot == "none"


def _served_rate(figures: TargetResult, elapsed_s: float | None) -> float:
    if figures.throughput_rps is not None:
        return figures.throughput_rps
    return with_page(figures.requests) / elapsed_s if elapsed_s else 0.0


def _changed(facts: TargetFacts, figures: TargetResult, use: SlotUse, chosen: WhatIfFactors) -> SlotUse:
    """Only what waits grows with the wait, and only a server with threads has more of them."""
    waited_s = 0.0 if is_looped(facts) else spent_ms(figures, "blocked") / 1000
    hold_s = use.hold_s + waited_s * (chosen.wait - 1)
    return SlotUse(use.rate * chosen.visitors, hold_s, use.aside_s * chosen.wait, _slots(facts, figures, chosen))


def _slots(facts: TargetFacts, figures: TargetResult, chosen: WhatIfFactors) -> int:
    """Threads are more or fewer where they are what limits the server."""
    workers = changed_number("workers", figures.workers, chosen)
    if is_looped(facts):
        return workers
    in_threads = facts.slot == "thread"
    return workers * (changed_number("threads", figures.threads, chosen) if in_threads else figures.threads)
