"""The whole document."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from asgi_vs_wsgi.scenarios.results.findings import VerdictResult
from asgi_vs_wsgi.scenarios.results.load import LoadResult
from asgi_vs_wsgi.scenarios.results.series import LadderPoint, Round
from asgi_vs_wsgi.scenarios.results.target import TargetResult

SCHEMA = "asgi-vs-wsgi-tui/run/1"


class RunResult(Struct, frozen=True):
    """The whole document."""

    scenario: str
    parameters: dict[str, int | float]
    mode: str
    environment: dict[str, Any]
    load: LoadResult
    targets: list[TargetResult]
    verdict: VerdictResult
    rounds: list[Round]
    ladder: list[LadderPoint]
    schema: str = SCHEMA
