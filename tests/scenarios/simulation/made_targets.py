"""Targets that were never run, with figures made by hand."""

from __future__ import annotations

from typing import Any

from asgi_vs_wsgi.scenarios.results import (
    DriverFigures,
    Latency,
    RequestCounts,
    TargetResult,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.simulation.law_prediction import Observed
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts

MS = 1_000_000


def facts(interface: str = "wsgi", **changed: Any) -> TargetFacts:
    server = "gunicorn-sync" if interface == "wsgi" else "uvicorn"
    slot = "worker" if interface == "wsgi" else "none"
    known: dict[str, Any] = {"law": None, "slot": slot, "workers": 2, "threads": 1}
    return TargetFacts(server, server, server, interface, "1.0", view="page", **known | changed)


def figures(about: TargetFacts, *, makespan_s: float | None = 1.6, planned: int = 16, **states: float) -> TargetResult:
    """Of visitors who were all served; `states` are milliseconds of a mean visit."""
    mean = sum(states.values())
    alike = Latency(mean, mean, mean, mean, mean, mean, mean, mean)
    nothing = ("throughput_rps", "service_s", "uncorrected_latency_ms", "accepted_ms", "in_flight", "hops_per_request")
    return TargetResult(
        *(about.name, about.server, about.label, about.interface, about.version, None, None),
        about.workers,
        about.threads,
        requests=RequestCounts(planned, planned, 0, 0, 0, {}, {"200": planned}),
        makespan_s=makespan_s,
        latency_ms=alike,
        ttfb_ms=alike,
        queue_ms=alike,
        states_ms=dict.fromkeys(STATE_NAMES, 0.0) | states,
        workers_seen=[WorkerSeen(pid, planned // 2, 1.0, 1.0, None, None, None, None) for pid in (1, 2)],
        workers_lost=0,
        blame=[],
        classes=[],
        left=None,
        connections=None,
        law=None,
        checks=[],
        driver=DriverFigures(0.1, 0.1, False),
        telemetry=None,
        **dict.fromkeys(nothing),
    )


def observed(about: TargetFacts, told: TargetResult | None = None, **changed: Any) -> Observed:
    """After its end, a lone request of 200 ms timed before it."""
    known = Observed(about, 16, 4.0, 200 * MS, 2 * MS, None, told, over=told is not None)
    return known._replace(**changed)
