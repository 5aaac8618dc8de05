"""Results of a target with just the figures that a verdict looks at."""

from __future__ import annotations

from typing import Any

from asgi_vs_wsgi.scenarios.results import (
    DriverFigures,
    Latency,
    RequestCounts,
    TargetResult,
)

P95 = "latency_ms.p95"


def result(name: str, p95: float | None, *, failed: int = 0, limited: bool = False, **changed: Any) -> TargetResult:
    counts = RequestCounts(32, 32 - failed, failed, 0, 0, {"timeout": 0}, {})
    latency = None if p95 is None else Latency(*(p95,) * 8)
    known: dict[str, Any] = dict.fromkeys(TargetResult.__struct_fields__)
    known |= {"name": name, "requests": counts, "latency_ms": latency, "driver": DriverFigures(0.1, 0.1, limited)}
    known["classes"] = []
    return TargetResult(**(known | changed))
