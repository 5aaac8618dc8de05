"""The figures of a target's result that a scenario may name: for its verdict, a prediction or a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import fields

from asgi_vs_wsgi.scenarios.results import InFlight, Latency, LeftVisitors, TargetResult, WorkerSeen
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TIMES = ("latency_ms", "uncorrected_latency_ms", "ttfb_ms", "queue_ms", "accepted_ms")
_COUNTS = ("planned", "completed", "failed", "cancelled", "dropped")

_OF_WORKERS = ("max", "min", "sum")

METRICS: tuple[str, ...] = (
    "makespan_s",
    "throughput_rps",
    "service_s",
    "hops_per_request",
    "workers_lost",
    *(f"{times}.{figure.name}" for times in _TIMES for figure in fields(Latency)),
    *(f"states_ms.{state}" for state in STATE_NAMES),
    *(f"in_flight.{figure.name}" for figure in fields(InFlight)),
    *(f"requests.{count}" for count in _COUNTS),
    *(f"left.{figure.name}" for figure in fields(LeftVisitors)),
    "connections.peak",
    "connections.at_end",
    *(f"workers_seen.{of}.{figure.name}" for of in _OF_WORKERS for figure in fields(WorkerSeen)),
)
"""Paths into a TargetResult that lead to a number (or to null, where it was not measured)."""

_OF_CLASS = (
    *(f"{times}.{figure.name}" for times in ("latency_ms", "ttfb_ms") for figure in fields(Latency)),
    *(f"requests.{count}" for count in _COUNTS),
)

MORE_IS_BETTER = frozenset({"throughput_rps", "requests.completed"})


def metrics_with(classes: Iterable[str]) -> tuple[str, ...]:
    """METRICS and, for scenarios with classes of visitors, `classes.NAME.…` for each."""
    return METRICS + tuple(f"classes.{name}.{path}" for name in classes for path in _OF_CLASS)


def figure(result: TargetResult, path: str) -> float | None:
    """The number at `path`, None where it was not measured."""
    value: Any = result
    for key in path.split("."):
        if value is None:
            return None
        value = _step(value, key)
    return None if value is None else float(value)


def _step(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, _Reduced):
        return value.reduced(key)
    if isinstance(value, list):
        named = [each for each in value if getattr(each, "name", None) == key]
        return named[0] if named else _Reduced(key, value)
    return getattr(value, key)


class _Reduced(NamedTuple):
    """`workers_seen.max`: the next key is looked up in every worker, and the largest counts."""

    reduction: str
    values: list[Any]

    def reduced(self, key: str) -> float | None:
        known = [getattr(value, key) for value in self.values if getattr(value, key) is not None]
        return _REDUCTIONS[self.reduction](known) if known else None


_REDUCTIONS: dict[str, Callable[[list[float]], float]] = {"max": max, "min": min, "sum": sum}
