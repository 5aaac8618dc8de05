"""The card of what is kept: what a list of recent runs says, without reading the run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unserved import without_page
from asgi_vs_wsgi.scenarios.planning.duration_estimate import start_in_tournament_s, start_of_run_s, was_busy
from asgi_vs_wsgi.scenarios.results import LoadResult, RunResult
from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
from asgi_vs_wsgi.scenarios.storage.result_validation import fault_of_stop, figure_faults
from asgi_vs_wsgi.scenarios.storage.saved_scenario import with_harmless_strings

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament

TOURNAMENT: Final = "tournament"
MOST_SIGNS: Final = 200
"""Of a scenario's name in that of a file, which may have 255."""
_OURS: Final = os.path.realpath(Path(__file__).parents[1] / "catalog")
"""Each installation has its own; they are known by their names."""
MOST_CARD_BYTES: Final = 1_000_000
LAST_S: Final = 253_402_300_800
"""The year 10000, which no calendar here knows."""


class RunOutline(Struct, frozen=True):
    """One target's line on a card."""

    name: str
    p95_ms: float | None
    makespan_s: float | None
    rank: int | None = None
    """In a tournament."""
    planned: int | None = None
    without_page: int | None = None
    """How many of those who came had no page."""
    service_s: float | None = None
    """Of a lone request."""
    workers: int | None = None
    """None on cards of before it was kept, and of a tournament; so are threads."""
    threads: int | None = None


class HistoryEntry(Struct, frozen=True):
    """What is told of a kept run."""

    name: str
    """Of its files, without what follows the dot."""
    scenario: str
    title: str
    mode: str
    """`race`, `measure` or `tournament`."""
    load: LoadResult
    parameters: dict[str, int | float]
    targets: Sequence[RunOutline]
    stopped: PartialRun | None = None
    """How far a run had come that was stopped."""
    measured: tuple[int, int] | None = None
    """Of a tournament's measurements, how many were made, and of how many."""
    beside: int = 0
    """How many visitors came beside those of the load."""
    at_ns: int | None = None
    """When it was kept, by the clock of then; None: as its name says."""
    start_s: float | None = None
    """What starting a server, warming it up and ending it took."""
    busy: bool = False
    """Whether others took much of the machine, so that it was measured again."""
    folder: str = ""
    """A sum of the path of the scenario's or the project's folder, since two may be of one name; "" for a scenario of
    ours, and on cards of before it was kept."""

    def is_of(self, scenario: Scenario) -> bool:
        """Whether it tells of a run of that, and of no other of its name."""
        return self.scenario == scenario.name and self.folder in ("", _sum_of_folder(scenario))

    @property
    def kept_s(self) -> float:
        """When, in seconds since 1970."""
        return (int(self.name.partition("-")[0]) if self.at_ns is None else self.at_ns) / 1e9


def card_of_run(
    number: int,
    scenario: Scenario,
    result: RunResult,
    stopped: PartialRun | None,
    at_ns: int | None = None,
    took_s: float | None = None,
) -> HistoryEntry:
    """Of a run that is kept now; `number` orders it among the others, and is the time unless that is given."""
    targets = [
        RunOutline(
            target.name,
            target.latency_ms.p95 if target.latency_ms else None,
            target.makespan_s,
            planned=target.requests.planned,
            without_page=without_page(target.requests),
            service_s=target.service_s,
            workers=target.workers,
            threads=target.threads,
        )
        for target in result.targets
    ]
    title, name, count = scenario.toml.title, _name(number, scenario.name), beside(scenario)
    mode, load, parameters = result.mode, result.load, result.parameters
    start_s = start_of_run_s(result, took_s) if took_s is not None and not stopped else None
    return HistoryEntry(
        *(name, scenario.name, title, mode, load, parameters, targets, stopped),
        beside=count,
        at_ns=at_ns,
        start_s=start_s,
        busy=was_busy(result),
        folder=_sum_of_folder(scenario),
    )


def card_of_tournament(
    number: int, scenario: Scenario, kept: KeptTournament, at_ns: int | None = None, took_s: float | None = None
) -> HistoryEntry:
    """Of a tournament that is kept now."""
    ranking = kept.tournament
    targets = [RunOutline(each.server, each.p95_ms, None, each.rank) for each in ranking.standings]
    title, name, measured = scenario.toml.title, _name(number, scenario.name), (kept.done, kept.total)
    load, parameters, count = kept.load, ranking.parameters, beside(scenario)
    start_s = start_in_tournament_s(ranking, load, kept.done, took_s) if took_s is not None else None
    return HistoryEntry(
        *(name, scenario.name, title, TOURNAMENT, load, parameters, targets),
        measured=measured,
        beside=count,
        at_ns=at_ns,
        start_s=start_s,
        folder=_sum_of_folder(scenario),
    )


def read_card(file: Path) -> HistoryEntry | None:
    """None for what is no card, or that of another file."""
    try:
        if file.stat().st_size > MOST_CARD_BYTES:
            return None
        card = with_harmless_strings(msgspec.json.decode(file.read_bytes(), type=HistoryEntry))
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    ours = card.name == file.stem and 0 <= card.kept_s < LAST_S and not fault_of_card(card)
    return card if ours else None


def fault_of_card(card: HistoryEntry) -> str:
    """The first thing that is wrong with its figures, or nothing."""
    return next(figure_faults(replace(card, at_ns=None, stopped=None), "it"), "") or fault_of_stop(card.stopped)


def beside(scenario: Scenario) -> int:
    """How many visitors come beside the load: those of the kinds that have one of their own."""
    return sum(each.load.requests or 0 for each in scenario.toml.visitors if each.load)


def _sum_of_folder(scenario: Scenario) -> str:
    path = os.path.realpath(scenario.folder)
    return "" if path.startswith(f"{_OURS}{os.sep}") else sha256(os.fsencode(path)).hexdigest()[:16]


def _name(number: int, scenario: str) -> str:
    """Names sort as the runs came, and leave room for an ending whatever a scenario is called."""
    return f"{number:019}-{scenario[:MOST_SIGNS]}"
