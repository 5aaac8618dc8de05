"""How long a burst would take with other numbers, by a law and the time of a lone request; or why that is not known.

the scenario names a law     that law, and the lone request that was timed right before the run
a race                       that law, and the shortest stay in a worker: a race times no lone request
the scenario names none      the law of the server's kind, once the run has shown that it holds here
no burst of one kind         nothing: a law tells how long many who ask for the same at once must take

By what a run's numbers are multiplied to ask what would be if they were others.

How long a burst that has just begun will take, roughly: for a scale that is chosen before the end is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises, judge, side_by_side
from asgi_vs_wsgi.scenarios.analysis.time_spent import share, spent_ms
from asgi_vs_wsgi.scenarios.analysis.unserved import without_page
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS, THREADS, WORKERS, Limits
from asgi_vs_wsgi.scenarios.results import share_taken
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_S
from asgi_vs_wsgi.server_targets.servers import server_specs

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.scenario import ScenarioToml
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace


FACTORS = ("workers", "threads", "visitors", "wait")
LIMITS: dict[str, Limits] = {"workers": WORKERS, "threads": THREADS, "visitors": REQUESTS}
"""Of the factors that change a number."""
POOLS = (1, 2, 4, 8, 16, 32, 0)
"""The last is none: all who wait have a place."""
MOST_TIMES = 64
"""As much as a factor changes anything by."""


@dataclass(frozen=True, slots=True)
class WhatIfFactors:
    """Factors, and not numbers, so that one setting fits every target; laws know those of `FACTORS` alone."""

    workers: float = 1.0
    threads: float = 1.0
    visitors: float = 1.0
    """Or the rate at which they come."""
    wait: float = 1.0
    cpu: float = 1.0
    cores: float = 1.0
    other_gil: bool = False
    """Without a GIL where the run had one, and the other way round."""
    pool: int = 0
    """Places of each worker for those who wait; 0: as many as want one."""
    arrivals: str = ""
    """Other than the run's; "": as it was run."""

    def changed(self, name: str, steps: int) -> WhatIfFactors:
        """One of them doubled or halved, within 1/64 and 64; of what is no factor the next, or the one before."""
        if name == "gil":
            return replace(self, other_gil=not self.other_gil)
        if name == "pool":
            at = POOLS.index(self.pool) + steps
            return replace(self, pool=POOLS[max(0, min(len(POOLS) - 1, at))])
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


BY_THREADS = "one-per-thread"
"""The one law in which threads are counted, with a GIL."""
BY_SHARES = (BY_THREADS, "loop-held", "cpu-shared")
"""Laws of the busiest worker; visitors are shared as unevenly as they were measured."""


class Observed(NamedTuple):
    """What is known of a target that has run, or runs."""

    facts: TargetFacts
    planned: int
    cores: float
    """Of the machine."""
    lone_ns: int
    lone_cpu_ns: int
    """Of a lone request; 0 where none was timed."""
    shortest_stay_ns: int | None
    """In a worker, so far; None where nobody was served."""
    figures: TargetResult | None
    """So far, or at the end."""
    over: bool
    """Whether the run has come to its end."""


class Why(Enum):
    """Why nothing can be predicted."""

    SEVERAL_KINDS = auto()
    """Of visitors."""
    NOT_TOGETHER = auto()
    """The next visitor comes when one has its page."""
    NO_LAW = auto()
    """Is known for a server of its kind."""
    NOT_OVER = auto()
    """Only the end of the run tells whether the law of its kind holds."""
    NOT_TIMED = auto()
    """No lone request was, and nobody has been served."""
    UNSERVED = auto()
    LEFT = auto()
    """On purpose."""
    NOT_MEASURED = auto()
    """Is a number that the law needs."""
    DRIVER_LIMITED = auto()
    UNTOLD = auto()
    """Whether the law of its kind holds."""
    DOES_NOT_HOLD = auto()


class Unpredicted(NamedTuple):
    """Why, of which law, and what that would have said."""

    why: Why
    law: str = ""
    says_s: float = 0.0
    measured_s: float = 0.0
    reason: str = ""
    """Why it cannot be told whether the law holds."""


class Basis(NamedTuple):
    """Times in seconds; `named` by the scenario, `timed` alone before the run."""

    law: str
    service_s: float
    cpu_s: float
    named: bool
    timed: bool


class Prediction(NamedTuple):
    """What it rests on, the premises with other numbers, and the makespan that the law predicts from them."""

    basis: Basis
    premises: Premises
    time_s: float
    in_threads: bool
    """Whether visitors of an event loop would wait in a thread each, as those of a sync view do."""

    @property
    def uneven(self) -> bool:
        """Whether the busiest worker has more than its share."""
        p = self.premises
        return self.basis.law in BY_SHARES and (p.busiest or 0) > -(-p.requests // p.workers)


def no_burst(toml: ScenarioToml) -> Why | None:
    """Why this scenario's visitors obey no law of bursts; None where they may."""
    if len(toml.visitors) > 1:
        return Why.SEVERAL_KINDS
    return Why.NOT_TOGETHER if toml.load.arrivals == "closed" else None


def prediction_basis(toml: ScenarioToml, target: Observed) -> Basis | Unpredicted:
    """What is predicted from, whatever the factors."""
    facts = target.facts
    if facts.law is not None:
        return _basis(target, facts.law, named=True)
    if why := no_burst(toml):
        return Unpredicted(why)
    law = next((each.natural_law(facts.threads) for each in server_specs() if each.name == facts.server), None)
    if law is None:
        return Unpredicted(Why.NO_LAW)
    if not target.over or target.figures is None:
        return Unpredicted(Why.NOT_OVER, law)
    found = _basis(target, law, named=False)
    return _if_it_holds(found, target.figures, target.cores) if isinstance(found, Basis) else found


def _basis(target: Observed, law: str, *, named: bool) -> Basis | Unpredicted:
    if target.lone_ns:
        return Basis(law, target.lone_ns / NS_PER_S, target.lone_cpu_ns / NS_PER_S, named, timed=True)
    figures, stay_ns = target.figures, target.shortest_stay_ns
    if stay_ns is None or figures is None or not figures.states_ms:
        return Unpredicted(Why.NOT_TIMED, law)
    return Basis(law, stay_ns / NS_PER_S, spent_ms(figures, "running") / 1000, named, timed=False)


def _if_it_holds(found: Basis, figures: TargetResult, cores: float) -> Basis | Unpredicted:
    """A law that nobody named is believed where it tells this run's own makespan, as closely as any law must."""
    planned = figures.requests.planned
    at_once = Premises(
        planned,
        figures.workers,
        figures.threads,
        cores,
        found.service_s,
        found.cpu_s,
        _busiest(figures) or planned,
        side_by_side(figures.threads, figures.environment),
    )
    says_s, measured_s = LAWS[found.law](at_once), figures.makespan_s
    if without_page(figures.requests):
        return Unpredicted(Why.UNSERVED, found.law)
    if figures.requests.completed < planned:
        return Unpredicted(Why.LEFT, found.law)
    if says_s is None or measured_s is None:
        return Unpredicted(Why.NOT_MEASURED, found.law)
    if figures.driver.limited:
        return Unpredicted(Why.DRIVER_LIMITED, found.law)
    taken = share_taken(figures.machine)
    holds, reason = judge(found.law, at_once, says_s, measured_s, taken)
    if holds:
        return found
    why = Why.UNTOLD if holds is None else Why.DOES_NOT_HOLD
    return Unpredicted(why, found.law, says_s, measured_s, reason or "")


def predict(found: Basis, target: Observed, chosen: WhatIfFactors) -> Prediction | Unpredicted:
    """With the target's own numbers changed by these factors."""
    premises, figures = _premises(found, target, chosen), target.figures
    time_s = LAWS[found.law](premises)
    if time_s is None:
        return Unpredicted(Why.NOT_MEASURED, found.law)
    blocks = figures is not None and share(figures, "blocked") > share(figures, "awaiting")
    return Prediction(found, premises, time_s, found.law == "all-at-once" and blocks)


def _premises(found: Basis, target: Observed, chosen: WhatIfFactors) -> Premises:
    facts, planned, figures = target.facts, target.planned, target.figures
    visitors = changed_number("visitors", planned, chosen)
    workers = changed_number("workers", facts.workers, chosen)
    compute_together = side_by_side(facts.threads, facts.environment) > 1
    by_threads = found.law == BY_THREADS or (found.law == "cpu-shared" and compute_together)
    threads = changed_number("threads", facts.threads, chosen) if by_threads else facts.threads
    known = _busiest(figures) if found.law in BY_SHARES else None
    uneven = known * facts.workers / planned if known and planned else 1.0
    busiest = min(visitors, max(-(-visitors // workers), round(uneven * visitors / workers)))
    cores = (figures.law.cores if figures and figures.law else None) or target.cores
    together = side_by_side(threads, facts.environment)
    return Premises(visitors, workers, threads, cores, _service_s(found, chosen), found.cpu_s, busiest, together)


def _service_s(found: Basis, chosen: WhatIfFactors) -> float:
    """Only what waits grows with the wait; where the work is CPU, all of it does."""
    if found.law == "cpu-shared":
        return found.service_s * chosen.wait
    computing_s = min(found.cpu_s, found.service_s)
    return (found.service_s - computing_s) * chosen.wait + computing_s


def _busiest(figures: TargetResult | None) -> int | None:
    """The most visitors of one worker, where they were counted; None before the end."""
    if figures is None:
        return None
    if figures.law and figures.law.busiest:
        return figures.law.busiest
    return max((worker.requests for worker in figures.workers_seen), default=None)


def likely_makespan_ns(trace: TargetTrace) -> int:
    """Of a target that holds a slot per visitor; 0 where that cannot be told. No figure is computed from it."""
    facts = trace.facts
    slots = facts.workers * (facts.threads if facts.slot == "thread" else 1)
    if facts.interface == "asgi" or facts.slot == "none":
        return trace.service_ns
    return -(-len(trace.visits) // slots) * (trace.service_ns or _first_service_ns(trace))


def _first_service_ns(trace: TargetTrace) -> int:
    """How long the first request took inside, 0 while none has ended."""
    for worker in trace.workers.values():
        for handling in worker.handlings.values():
            return max(0, handling.end_ns - handling.begin_ns) if handling.end_ns else 0
    return 0
