"""What a run comes to: the document, and the traces that it was computed from."""

from __future__ import annotations

from dataclasses import dataclass

from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.results.partial_run import Stopped
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


@dataclass(frozen=True, slots=True)
class Outcome:
    """`traces` are those of each target's median round, in the order of the run's targets."""

    result: RunResult
    traces: list[TargetTrace]
    stopped: Stopped | None = None
    """Where it was stopped before its end; the result then has no targets unless a round is whole."""
