"""The card of what is kept: what a list of recent runs says, without reading the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scenarios.analysis.unserved import without_page
from scenarios.definition import Scenario
from scenarios.result import LoadResult, RunResult
from scenarios.saved.ranking import KeptTournament
from scenarios.stopped import Stopped

TOURNAMENT: Final = "tournament"


class Outline(Struct, frozen=True):
    """One target's line on a card."""

    name: str
    p95_ms: float | None
    makespan_s: float | None
    rank: int | None = None
    """In a tournament."""
    planned: int | None = None
    without_page: int | None = None
    """How many of those who came had no page."""


class Card(Struct, frozen=True):
    """What is told of a kept run."""

    name: str
    """Of its files, without what follows the dot."""
    scenario: str
    title: str
    mode: str
    """`race`, `measure` or `tournament`."""
    load: LoadResult
    parameters: dict[str, int | float]
    targets: Sequence[Outline]
    stopped: Stopped | None = None
    """How far a run had come that was stopped."""
    measured: tuple[int, int] | None = None
    """Of a tournament's measurements, how many were made, and of how many."""
    beside: int = 0
    """How many visitors came beside those of the load."""

    @property
    def kept_s(self) -> float:
        """When, in seconds since 1970."""
        return int(self.name.partition("-")[0]) / 1e9


def card_of_run(at_ns: int, scenario: Scenario, result: RunResult, stopped: Stopped | None) -> Card:
    """Of a run that is kept now."""
    targets = [
        Outline(
            target.name,
            target.latency_ms.p95 if target.latency_ms else None,
            target.makespan_s,
            planned=target.requests.planned,
            without_page=without_page(target.requests),
        )
        for target in result.targets
    ]
    title, name, count = scenario.toml.title, _name(at_ns, scenario.name), beside(scenario)
    mode, load, parameters = result.mode, result.load, result.parameters
    return Card(name, scenario.name, title, mode, load, parameters, targets, stopped, beside=count)


def card_of_tournament(at_ns: int, scenario: Scenario, kept: KeptTournament) -> Card:
    """Of a tournament that is kept now."""
    ranking = kept.tournament
    targets = [Outline(each.server, each.p95_ms, None, each.rank) for each in ranking.standings]
    title, name, measured = scenario.toml.title, _name(at_ns, scenario.name), (kept.done, kept.total)
    load, parameters, count = kept.load, ranking.parameters, beside(scenario)
    return Card(name, scenario.name, title, TOURNAMENT, load, parameters, targets, measured=measured, beside=count)


def beside(scenario: Scenario) -> int:
    """How many visitors come beside the load: those of the kinds that have one of their own."""
    return sum(each.load.requests or 0 for each in scenario.toml.visitors if each.load)


def _name(at_ns: int, scenario: str) -> str:
    """Names sort as the runs came."""
    return f"{at_ns:019}-{scenario}"
