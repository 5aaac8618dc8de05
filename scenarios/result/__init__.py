"""The document that `run --json` prints (DESIGN section 6, contract). None is `null`: it was not measured."""

from asgi_vs_wsgi.scenarios.result.findings import CheckResult, LawResult, VerdictResult
from asgi_vs_wsgi.scenarios.result.load import LoadResult
from asgi_vs_wsgi.scenarios.result.machine import BUSY, DriverFigures, MachineShare
from asgi_vs_wsgi.scenarios.result.run import SCHEMA, RunResult
from asgi_vs_wsgi.scenarios.result.series import LadderPoint, Round
from asgi_vs_wsgi.scenarios.result.target import TargetResult
from asgi_vs_wsgi.scenarios.result.visitors import Latency, LeftVisitors, RequestCounts, Unserved, VisitorClass
from asgi_vs_wsgi.scenarios.result.workers import Blame, Connections, InFlight, LeftProcess, Telemetry, WorkerSeen

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
