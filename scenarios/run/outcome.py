"""What a run comes to: the document, and the traces that it was computed from."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.result import RunResult
from scenarios.trace.target_trace import TargetTrace


@dataclass(frozen=True, slots=True)
class Outcome:
    """`traces` are those of each target's median round, in the order of the result's targets."""

    result: RunResult
    traces: list[TargetTrace]
