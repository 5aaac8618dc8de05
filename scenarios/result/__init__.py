"""The document that `run --json` prints (DESIGN section 6, contract). None is `null`: it was not measured."""

from scenarios.result.findings import CheckResult, LawResult, VerdictResult
from scenarios.result.load import LoadResult
from scenarios.result.machine import BUSY, DriverFigures, MachineShare
from scenarios.result.run import SCHEMA, RunResult
from scenarios.result.series import LadderPoint, Round
from scenarios.result.target import TargetResult
from scenarios.result.visitors import Latency, LeftVisitors, RequestCounts, Unserved, VisitorClass
from scenarios.result.workers import Blame, Connections, InFlight, LeftProcess, Telemetry, WorkerSeen

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
