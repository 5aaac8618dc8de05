"""Figures of targets that were slow for one known reason each, and what is said of a run of them."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from msgspec.structs import fields

from asgi_vs_wsgi.scenarios.analysis.cause import cause_of
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.results import (
    AwaitedLine,
    BlockingLine,
    DriverFigures,
    InFlight,
    Latency,
    LoadResult,
    RequestCounts,
    RunResult,
    TargetResult,
    Telemetry,
    VerdictResult,
    VisitorClass,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES

VIEWS = """\
import time
from asgi_vs_wsgi.views import parameter, upstream
from django.http import HttpResponse


def page(request):
    return HttpResponse(upstream.get(parameter("io_ms")))


async def async_page(request):
    time.sleep(parameter("io_ms") / 1000)
    return HttpResponse(await upstream.aget(parameter("io_ms")))
"""
GET = "views/upstream.py:24 get"
BUSY = DriverFigures(30.0, 0.2, limited=True)
LATE, QUIET = DriverFigures(500.0, 0.99, limited=True), DriverFigures(0.1, 0.05, limited=False)


def latency(value: float) -> Latency:
    return Latency(value, value, value, value, value, value, value, value)


def worker(blocked: float | None = None, held_ms: float | None = None, **more: Any) -> WorkerSeen:
    return WorkerSeen(
        1, more.pop("requests", 16), 0.99, blocked, held_ms, more.pop("mb", 40.0), *more.pop("many", (3, None)), **more
    )


def target(
    name: str = "a", p95_ms: float = 1000.0, states: dict[str, float] | None = None, **changed: Any
) -> TargetResult:
    known: dict[str, Any] = {
        "name": name,
        "server": name,
        "label": name,
        "interface": "wsgi",
        "version": "1",
        "workers": 2,
        "threads": 1,
        "requests": RequestCounts(32, 32, 0, 0, 0, {"timeout": 0}, {"200": 32}, 0),
        "makespan_s": p95_ms / 1000,
        "throughput_rps": 32_000 / p95_ms,
        "service_s": 0.2,
        "latency_ms": latency(p95_ms),
        "states_ms": dict.fromkeys(STATE_NAMES, 0.0) | {key: p95_ms * part for key, part in (states or {}).items()},
        "in_flight": InFlight(2, 1),
        "workers_seen": [worker(0.99), worker(0.99)],
        "workers_lost": 0,
        "workers_ended": 0,
        "blame": [],
        "classes": [VisitorClass("all", RequestCounts(32, 32, 0, 0, 0, {}, {}), None, None)],
        "checks": [],
        "driver": QUIET,
        "telemetry": Telemetry(100, 0),
        "view": "page",
        "not_served": [],
        "options": {},
    }
    nothing = {each.name: None for each in fields(TargetResult) if each.default is not UNSET}
    return TargetResult(**nothing | known | changed)


BLOCKED = target(
    "sync",
    3200.0,
    {"queued": 0.88, "blocked": 0.1},
    blame=[BlockingLine("views.py:7 page", "blocked", 6400.0, library=GET)],
)
AWAITING = target(
    "loops",
    220.0,
    {"awaiting": 0.93, "running": 0.02},
    interface="asgi",
    in_flight=InFlight(32, 17),
    workers_seen=[worker(0.0, 3.0)],
    awaiting_for=[AwaitedLine("a socket", "views.py:12 async_page", 6000.0)],
)
HELD = target(
    "held",
    3000.0,
    {"stalled": 0.6, "queued": 0.24, "blocked": 0.1},
    interface="asgi",
    workers_seen=[worker(0.99, 250.0)],
    blame=[BlockingLine("views.py:11 async_page", "blocked", 3000.0)],
)
COMPUTING = target(
    "computing", 800.0, {"running": 0.1, "queued": 0.88}, blame=[BlockingLine("views.py:7 page", "running", 800.0)]
)
IN_THREADS = target(
    "threads",
    400.0,
    {"blocked": 0.96},
    interface="asgi",
    in_flight=InFlight(12, 12),
    workers_seen=[worker(0.9, 4.0, many=(15, None))],
)


def run(
    *targets: TargetResult,
    winner: str | None = None,
    words: str = "",
    on: str = "latency_ms.p95",
    mode: str = "measure",
) -> RunResult:
    load = LoadResult.from_load(Load(requests=32))
    verdict = VerdictResult(winner, None, on, words)
    return RunResult("mine", {}, mode, {}, load, list(targets), verdict, [], [])


def said(result: RunResult, views: str = VIEWS) -> str:
    found = cause_of(result, views)
    assert found is not None
    return found.words
