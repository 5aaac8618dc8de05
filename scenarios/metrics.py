"""The figures of a target's result that a scenario may name: for its verdict, a prediction or a check."""

from __future__ import annotations

from typing import Any

from msgspec.structs import fields

from scenarios.result import InFlight, Latency, TargetResult
from scenarios.trace.states import STATE_NAMES

_TIMES = ("latency_ms", "uncorrected_latency_ms", "ttfb_ms", "queue_ms")
_COUNTS = ("planned", "completed", "failed", "cancelled", "dropped")

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
)
"""Paths into a TargetResult that lead to a number (or to null, where it was not measured)."""

MORE_IS_BETTER = frozenset({"throughput_rps", "requests.completed"})


def is_metric(path: str) -> bool:
    """Whether `path` is one of METRICS."""
    return path in METRICS


def figure(result: TargetResult, path: str) -> float | None:
    """The number at `path`, None where it was not measured."""
    value: Any = result
    for key in path.split("."):
        if value is None:
            return None
        value = value[key] if isinstance(value, dict) else getattr(value, key)
    return None if value is None else float(value)


def in_words(path: str, value: float) -> str:
    """The number with its unit: `312 ms`, `3.26 s`, `98.7/s`, `16`."""
    key = path.split(".")[0]
    if key.endswith("_rps"):
        return f"{value:.4g}/s"
    if not key.endswith(("_ms", "_s")):
        return f"{value:g}"
    time_s = value / 1000 if key.endswith("_ms") else value
    return f"{time_s:.3g} s" if time_s >= 1 else f"{time_s * 1000:.3g} ms"
