"""The figures of a recording made by hand."""

from __future__ import annotations

from typing import Any

from asgi_vs_wsgi.scenarios.analysis.target_figures import analyse_target
from asgi_vs_wsgi.scenarios.load.driver import DriverReport
from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
from asgi_vs_wsgi.scenarios.results import TargetResult

QUIET = DriverReport(0.1, 0.1)


def figures(rec: Any, *, law: Any = None, arrivals: Any = "burst", mode: Any = "measure", **given: Any) -> TargetResult:
    failing = given.get("failures_expected", False)
    target = Target("uvicorn", "page", name="one", law=law, failures_expected=failing)
    report = given.get("report", QUIET)
    trace = given.get("trace") or rec.trace()
    return analyse_target(trace, target, Load(arrivals, rec.requests), mode, report, given.get("probe", True))


def staircase(recording: Any) -> Any:
    """Four visitors of two sync workers, 100 ms each, 20 ms of it CPU."""
    rec = recording(requests=4, interface="wsgi", workers=2, service_ms=100, cpu_ms=20)
    for row in range(4):
        begin = 100 * (row // 2)
        rec.visit(row, begin + 100)
        rec.wsgi(row % 2 + 1, row, begin, begin + 100, cpu=20)
    return rec
