"""A run's result with figures made up for tests of how they are written."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from msgspec.structs import fields

from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.results import (
    DriverFigures,
    Latency,
    LawResult,
    LoadResult,
    RequestCounts,
    Round,
    RunResult,
    TargetResult,
    VerdictResult,
)


def made_target(name: str, p95_ms: float, makespan_s: float, law: str, predicted_s: float) -> TargetResult:
    latency = Latency(p95_ms / 2, p95_ms / 2, p95_ms, p95_ms, p95_ms, p95_ms, p95_ms, p95_ms / 2)
    known: dict[str, Any] = {
        "name": name,
        "server": name,
        "label": name,
        "interface": "wsgi",
        "version": "1",
        "workers": 2,
        "threads": 1,
        "workers_seen": [],
        "blame": [],
        "classes": [],
        "workers_lost": 0,
        "workers_ended": 0,
        "options": {},
        "requests": RequestCounts(32, 32, 0, 0, 0, {"timeout": 0}, {"200": 32}),
        "makespan_s": makespan_s,
        "throughput_rps": 32 / makespan_s,
        "service_s": 0.2,
        "latency_ms": latency,
        "law": LawResult(law, predicted_s, makespan_s, 0.2, 0.01, 16, True),
        "checks": [],
        "driver": DriverFigures(0.1, 0.05, False),
        "view": "page",
        "not_served": [],
    }
    # Figures that the board does not show are as if they had not been measured.
    nothing = {each.name: None for each in fields(TargetResult) if each.default is not UNSET}
    return TargetResult(**nothing | known)


def made_result() -> RunResult:
    return RunResult(
        scenario="slow-io",
        parameters={"io_ms": 200},
        mode="measure",
        environment={},
        load=LoadResult.from_load(Load(requests=32)),
        targets=[
            made_target("gunicorn-sync", 3230.0, 3.24, "one-per-worker", 3.2),
            made_target("uvicorn", 230.0, 0.25, "all-at-once", 0.23),
        ],
        verdict=VerdictResult("uvicorn", 14.04, "latency_ms.p95", "uvicorn is 14 times better: 0.23 s against 3.23 s"),
        rounds=[Round("gunicorn-sync", 1, 3.24, 3230.0, 32), Round("uvicorn", 3, 0.25, 230.0, 32)],
        ladder=[],
    )
