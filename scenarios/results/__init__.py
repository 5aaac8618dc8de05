"""The document that `run --json` prints (DESIGN section 6, contract). None is `null`: it was not measured."""

from asgi_vs_wsgi.scenarios.results.findings import CheckResult, LawResult, VerdictResult
from asgi_vs_wsgi.scenarios.results.load import LoadResult
from asgi_vs_wsgi.scenarios.results.machine import BUSY, DriverFigures, MachineShare
from asgi_vs_wsgi.scenarios.results.run import SCHEMA, RunResult
from asgi_vs_wsgi.scenarios.results.series import LadderPoint, Round
from asgi_vs_wsgi.scenarios.results.target import TargetResult
from asgi_vs_wsgi.scenarios.results.visitors import Latency, LeftVisitors, RequestCounts, Unserved, VisitorClass
from asgi_vs_wsgi.scenarios.results.workers import Blame, Connections, InFlight, LeftProcess, Telemetry, WorkerSeen

__all__ = [
    "BUSY",
    "SCHEMA",
    "Blame",
    "CheckResult",
    "Connections",
    "DriverFigures",
    "InFlight",
    "LadderPoint",
    "Latency",
    "LawResult",
    "LeftProcess",
    "LeftVisitors",
    "LoadResult",
    "MachineShare",
    "RequestCounts",
    "Round",
    "RunResult",
    "TargetResult",
    "Telemetry",
    "Unserved",
    "VerdictResult",
    "VisitorClass",
    "WorkerSeen",
]
