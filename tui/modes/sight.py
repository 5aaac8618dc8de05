"""What a mode looks at: a scenario and, once there was a run, its result and traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from scenarios.definition import Scenario
from scenarios.result import RunResult
from scenarios.trace.target_trace import TargetTrace


@dataclass(frozen=True, slots=True)
class Sight:
    """`result` is None before the end of a run; `traces` are empty before its beginning."""

    scenario: Scenario
    result: RunResult | None
    traces: Sequence[TargetTrace]
    width: int
    """Columns to write in."""

    def nothing_yet(self, what: str) -> Content:
        """What will be here, and how to get it."""
        return Content.assemble(
            (f"{what}\n\n", "$faint"), ("Enter", "bold $accent"), " runs it, ", ("m", "bold $accent"), " measures it."
        )
