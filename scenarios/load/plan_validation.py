"""Which numbers make a load, and which do not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

from asgi_vs_wsgi.scenarios.model.limits import CONCURRENCY, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Sequence

Arrivals = Literal["burst", "closed", "constant", "poisson"]

MAX_REQUESTS = REQUESTS.high
MAX_CONCURRENCY = CONCURRENCY.high


class PlanError(ValueError):
    """A load that cannot be planned; the message names the setting and what would be right."""


def check_arrivals(
    arrivals: str,
    concurrency: int | None,
    rate: float | None,
    max_connections: int | None,
) -> None:
    """Each kind of arrivals has what it needs, and nothing that is another kind's."""
    if arrivals not in get_args(Arrivals):
        raise PlanError(f"arrivals must be one of {', '.join(get_args(Arrivals))}, not {arrivals!r}")
    _needs(arrivals, "concurrency", concurrency, ("closed",))
    _needs(arrivals, "rate", rate, ("constant", "poisson"))
    if arrivals == "closed" and max_connections is not None:
        raise PlanError("max_connections is for open arrivals; closed has concurrency")


def _needs(arrivals: str, name: str, value: float | None, who: tuple[str, ...]) -> None:
    if value is None and arrivals in who:
        raise PlanError(f"{arrivals} arrivals need {name}")
    if value is not None and arrivals not in who:
        raise PlanError(f"{name} is for {' and '.join(who)} arrivals, not for {arrivals}")


def check_end(arrivals: str, requests: int | None, duration_s: float | None) -> None:
    """It is said when the load is over."""
    if arrivals == "burst" and (requests is None or duration_s is not None):
        raise PlanError("burst arrivals need requests, and no duration")
    if requests is None and duration_s is None:
        raise PlanError(f"{arrivals} arrivals need requests, a duration, or both")


def check_numbers(
    requests: int | None,
    concurrency: int | None,
    rate: float | None,
    duration_s: float | None,
    timeout_s: float,
    max_connections: int | None,
) -> None:
    """Every number is within its bounds."""
    for name, number, most in (
        ("requests", requests, MAX_REQUESTS),
        ("concurrency", concurrency, MAX_CONCURRENCY),
        ("max_connections", max_connections, MAX_CONCURRENCY),
    ):
        if number is not None and not 1 <= number <= most:
            raise PlanError(f"{name} must be 1 to {most}, not {number}")
    for name, amount in (("rate", rate), ("duration", duration_s), ("timeout", timeout_s)):
        if amount is not None and not (amount > 0 and math.isfinite(amount)):
            raise PlanError(f"{name} must be above 0 and finite, not {amount}")


def check_weights(weights: Sequence[float]) -> None:
    """There is something to choose from."""
    if not weights or min(weights) < 0 or not 0 < sum(weights) < math.inf:
        raise PlanError("weights must be numbers of 0 or more, one per path, and not all 0")
