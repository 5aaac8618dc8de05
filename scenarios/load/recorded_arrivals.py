"""Recorded arrivals: visitors come when those of a file of traffic came, at the file's own rate or at another.

At a lower rate the file is thinned: some of its visitors are drawn, and these come at their own times, so that crowds
and lulls stay as long as they were. At a higher rate nobody is made up: the same visitors come in less time.

    file     |·|||··|····|||·    4 per second
    rate 2   |··|···|·····|··    every second one, drawn by the seed
    rate 8   |·|||·|··||·        twice as fast
"""

from __future__ import annotations

import random
from array import array
from itertools import compress
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.plan import LONGEST_S, NS_PER_S, RECORDED, LoadFault, Plan, PlanError
from asgi_vs_wsgi.scenarios.model.scenario import RecordedArrivals, refuse_quantity
from asgi_vs_wsgi.scenarios.wording import count, thousands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Load

LONGEST_ROUND_S = 86_400.0
"""A day, of one server in one round: whoever wants to wait for longer has made a mistake."""
_LEAST = 2
"""Visitors: one has a time and no rate."""


def mean_rate(at_s: Sequence[float]) -> float:
    """Visitors per second, the first not counted; 0 where there is but one, or all came at once."""
    lasted_s = at_s[-1] - at_s[0] if at_s else 0.0
    return (len(at_s) - 1) / lasted_s if lasted_s > 0 else 0.0


def at_rate(recorded: RecordedArrivals, rate: float, seed: int) -> RecordedArrivals:
    """The same visitors, thinned or in less time; PlanError for a rate that they cannot have."""
    if reason := refuse_quantity(rate):
        raise PlanError(LoadFault("rate", reason, "visitors per second, above 0 and finite"))
    own = mean_rate(recorded.at_s)
    if not own:
        raise PlanError(_no_rate(recorded.at_s))
    if rate >= own:
        return RecordedArrivals([at_s * own / rate for at_s in recorded.at_s], recorded.classes, recorded.pages)
    left = round(len(recorded.at_s) * rate / own)
    if left < _LEAST:
        gone_s = recorded.at_s[-1]
        few = f"at {rate:g} per second {count(left, 'visitor')} would be left of {len(recorded.at_s)} in {gone_s:.3g} s"
        raise PlanError(LoadFault("rate", few, f"at least {_LEAST / gone_s:.2g}"))
    drawn = set(random.Random(f"{seed} thinned").sample(range(len(recorded.at_s)), left))
    return _taken(recorded, [place in drawn for place in range(len(recorded.at_s))])


def first_of(recorded: RecordedArrivals, requests: int | None, duration_s: float | None) -> RecordedArrivals:
    """The first so many, or those of the first seconds."""
    until_s = float("inf") if duration_s is None else duration_s
    most = len(recorded.at_s) if requests is None else requests
    return _taken(recorded, [place < most and at_s < until_s for place, at_s in enumerate(recorded.at_s)])


def check_times(recorded: RecordedArrivals) -> None:
    """PlanError where no load is made of them."""
    if not mean_rate(recorded.at_s):
        raise PlanError(_no_rate(recorded.at_s))
    if (lasts_s := recorded.at_s[-1]) > LONGEST_ROUND_S:
        lasting = f"{count(len(recorded.at_s), 'visitor')} come in {thousands(round(lasts_s / LONGEST_ROUND_S))} days"
        raise PlanError(LoadFault("arrivals", lasting, "a higher --rate, or --duration: its first seconds"))


def recorded_plan(recorded: RecordedArrivals, load: Load) -> Plan:
    """As `make_plan` has it; at the load's rate, where that is another than the visitors' own."""
    own = mean_rate(recorded.at_s)
    if load.rate is not None and abs(load.rate - own) > 1e-6 * own:
        recorded = at_rate(recorded, load.rate, load.seed)
    recorded = first_of(recorded, load.requests, load.duration_s)
    if not recorded.at_s or recorded.at_s[-1] > LONGEST_S:
        raise PlanError(_no_rate(recorded.at_s))
    return Plan(
        arrivals=RECORDED,
        requests=len(recorded.at_s),
        concurrency=None,
        rate=load.rate,
        duration_s=load.duration_s,
        offsets_ns=array("q", [round(at_s * NS_PER_S) for at_s in recorded.at_s]),
        path=array("H", recorded.classes),
        seed=load.seed,
        timeout_s=load.timeout_s,
        keep_alive=load.keep_alive,
        max_connections=None,
        turns=array("H", recorded.pages),
    )


def _taken(recorded: RecordedArrivals, taken: Sequence[bool]) -> RecordedArrivals:
    """Those that are, from the first of them on."""
    at_s = [*compress(recorded.at_s, taken)]
    begin_s = at_s[0] if at_s else 0.0
    return RecordedArrivals(
        [each - begin_s for each in at_s], [*compress(recorded.classes, taken)], [*compress(recorded.pages, taken)]
    )


def _no_rate(at_s: Sequence[float]) -> LoadFault:
    """Of nobody, of one visitor, or of many at one instant."""
    who = f"all {len(at_s):,} come at one instant" if len(at_s) > 1 else f"{count(len(at_s), 'visitor')} to come"
    return LoadFault("arrivals", f"{who}: no times to keep", "a longer file, or --arrivals burst, closed or poisson")
