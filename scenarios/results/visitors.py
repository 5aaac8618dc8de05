"""What visitors met: how long they waited, how many were served, what became of those who left."""

from __future__ import annotations

from msgspec import Struct


class Latency(Struct, frozen=True):
    """Exact figures of a set of times, in milliseconds; percentiles are nearest rank on every sample."""

    min: float
    p50: float
    p75: float
    p90: float
    p95: float
    p99: float
    max: float
    mean: float


class RequestCounts(Struct, frozen=True):
    """planned = completed + failed + cancelled + dropped."""

    planned: int
    completed: int
    failed: int
    cancelled: int
    dropped: int
    errors: dict[str, int]
    """Error kind to count, `timeout` always among them."""
    statuses: dict[str, int]


class Unserved(Struct, frozen=True):
    """Visitors who came and got no page, all of whom met the same."""

    kind: str
    """An error kind (`timeout`, `refused`, `reset`, ...), a status that is no 2xx, `dropped` or `unfinished`."""
    requests: int
    ms: Latency | None
    """From the intended start until it was known; None where that is not told."""


class VisitorClass(Struct, frozen=True):
    """The figures of one class of visitors."""

    name: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None


class LeftVisitors(Struct, frozen=True):
    """What became, at the server, of the visits whose visitors had left before their answer."""

    requests: int
    """How many left after the application had begun."""
    cancelled: int
    """How many of these were cancelled, so that no answer was made."""
    worked_on_ms: float | None
    """How long, on average, the application went on after its visitor had left."""
