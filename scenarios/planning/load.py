"""The load of a scenario with a user's changes: what still fits is kept, what was given must fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict, replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import ARRIVALS, BELONGS_TO, RECORDED
from asgi_vs_wsgi.scenarios.scenario_files.validation import load_faults

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Load
    from asgi_vs_wsgi.scenarios.results import LoadResult


LEAST_ROUNDS, MOST_ROUNDS = 3, 7
"""Below three a target's own spread is hardly known; beyond seven a difference that is still not told is small."""


RUN_BUDGET_S = 15.0


SHORT_S = 6.0
"""Where others took much of the machine, only what is over sooner is measured again."""


TOURNAMENT_BUDGET_S = 60.0
"""That measuring may take where the least number of rounds takes less; a round of all servers takes some 40 s."""


MOST_BESIDE_BROWSER, BESIDE_BROWSER = 64, 16
"""Visitors at a time, at most; and where the scenario's come at a rate, whatever the servers do."""
LONGEST_BESIDE_S = 600.0
"""Of one target in one round; whoever comes beside the browser comes no longer."""


def beside_load(load: Load, concurrency: int | None) -> Load:
    """Who comes beside a browser: as many at a time as the scenario's load says, or as the user does, and as it does.

    They come again until the browser is done.
    """
    own = {"closed": load.concurrency, "burst": load.requests}.get(load.arrivals)
    at_once = concurrency or min(own or BESIDE_BROWSER, MOST_BESIDE_BROWSER)
    how: dict[str, Any] = {name: getattr(load, name) for name in ("timeout_s", "keep_alive", "seed")}
    return type(load)("closed", concurrency=at_once, duration_s=LONGEST_BESIDE_S, **how)


def round_count(first_round_s: float, least: int, most: int, budget_s: float) -> int:
    """As many as fit into the time, between `least` and `most`; an odd number, which has a round in its middle."""
    if first_round_s * most <= budget_s:
        return max(least, most)
    fitting = int(budget_s / first_round_s)
    return max(least, fitting - 1 + fitting % 2)


WITH_A_NUMBER = ("burst", "closed")
"""Arrivals that have a number of visitors; the others have a rate."""


LEAST_TOP = 8


STEPS = (1, 2, 4, 8, 16, 32, 64)


def has_ladder(load: Load) -> bool:
    """Whether there is a number of visitors to change."""
    return load.arrivals in WITH_A_NUMBER


def has_rate(load: Load | LoadResult) -> bool:
    """Whether visitors come at a rate, whatever the servers do."""
    return come_at_a_rate(load.arrivals)


def come_at_a_rate(arrivals: str) -> bool:
    """The same of a kind of arrivals."""
    return arrivals not in WITH_A_NUMBER


def ladder_steps(load: Load) -> tuple[int, ...]:
    """Powers of two that reach the load's own number of visitors, at least 8 and at most 64."""
    own = (load.concurrency if load.arrivals == "closed" else load.requests) or 1
    return tuple(step for step in STEPS if step < 2 * own or step <= LEAST_TOP)


def ladder_load(load: Load, visitors: int) -> Load:
    """A burst of `visitors`, or so many at a time; with fewer requests than visitors some would never come."""
    if load.arrivals == "closed":
        requests = None if load.requests is None else max(load.requests, visitors)
        return replace(load, concurrency=visitors, requests=requests)
    return replace(load, requests=visitors)


OPTION = {
    "arrivals": "--arrivals",
    "requests": "--requests",
    "concurrency": "--concurrency",
    "rate": "--rate",
    "duration_s": "--duration",
    "seed": "--seed",
    "timeout_s": "--timeout",
}


def chosen_load(base: Load, options: Options) -> Load:
    """The scenario's load with the given options in place; BadInput names the option that does not fit."""
    given = {key: getattr(options, key) for key in OPTION if getattr(options, key) is not None}
    load = replace(base, **(_still_fitting(base, given) | given))
    as_planned = replace(load, arrivals="constant") if load.arrivals == base.arrivals == RECORDED else load
    for fault in load_faults(as_planned):  # at a rate, whatever the servers do: the same numbers make one
        raise BadInput(f"{OPTION[fault.key]}: {fault.reason}", hint=_hint(fault.key, fault.right, given))
    return load


def _still_fitting(base: Load, given: dict[str, Any]) -> dict[str, Any]:
    """The scenario's own fields, without those that other arrivals or another end have made void."""
    fields = asdict(base)
    arrivals = given.get("arrivals", base.arrivals)
    if arrivals in ARRIVALS and arrivals != base.arrivals:
        fields |= {key: None for key, fitting in BELONGS_TO.items() if arrivals not in fitting}
    if "duration_s" in given:
        fields["requests"] = None
    if "requests" in given:
        fields["duration_s"] = None
    return fields


def _hint(key: str, right: str, given: dict[str, Any]) -> str:
    if key in given and key in BELONGS_TO and "belongs to" in right:
        return f"{right}: add --arrivals {BELONGS_TO[key][0]}"
    return right
