"""What a tournament says: a rank for every server, with its spread, and what it differs in."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from asgi_vs_wsgi.scenarios.results import LeftProcess

SCHEMA = "asgi-vs-wsgi-tui/tournament/1"


class Standing(Struct, frozen=True):
    """One server product. Figures are medians of its rounds, None where nothing could be ranked."""

    rank: int | None
    """1 + the number of servers that are better by more than chance; those that are not told apart share a rank."""
    server: str
    label: str
    interface: str
    version: str
    loop: str | None
    http: str | None
    workers: int
    threads: int
    value: float | None
    """Of the metric; `low` and `high` are the least and the greatest of the rounds."""
    low: float | None
    high: float | None
    rounds: list[float]
    p95_ms: float | None
    throughput_rps: float | None
    max_per_worker: int | None
    failed: int
    trouble: str
    """Why it has no rank; empty where it has."""
    view: str = ""
    """That it ran; "" in tournaments that were kept before it was told."""
    left_processes: list[LeftProcess] | None = None
    """What its views had started and left running, in all rounds. None where a round could not tell."""


class Missing(Struct, frozen=True):
    """A server that did not take part."""

    server: str
    reason: str


class Tournament(Struct, frozen=True):
    """The whole ranking, best first; while it goes on, of the rounds so far."""

    schema: str
    scenario: str
    parameters: dict[str, int | float]
    environment: dict[str, Any]
    metric: str
    rounds: int
    standings: list[Standing]
    missing: list[Missing]
    words: list[str]
    """What differs, as sentences that the figures bear out."""
    planned: int = 0
    """Measurements of all servers in all rounds; more than at first where rounds were found to be short."""
