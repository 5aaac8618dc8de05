"""Recent runs, kept in a folder of the user's: bounded in number and in bytes, each with a card that tells of it.

    1764000000000000000-slow-io.avw      the run, as `run --save` writes it
    1764000000000000000-slow-io.json     its card: what a list of runs says, without reading the run

The number is when it was kept (nanoseconds since 1970), so that the order of the names is that of the runs. A card
is written after its run: what has no card was not kept to its end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from platformdirs import user_data_path

from scenarios.definition import Scenario
from scenarios.result import LoadResult, RunResult
from scenarios.saved.writing import write_run
from scenarios.trace.target_trace import TargetTrace
from scenarios.whole_file import write_whole

MOST_RUNS = 40
MOST_BYTES = 100_000_000
LEFTOVER_AFTER_S = 3600.0
"""A neighbour that a write has left behind, because it was killed, is older than this."""


def users_shelf() -> Path:
    """Where a user's runs are kept; it need not exist."""
    return user_data_path("asgi-vs-wsgi-tui", appauthor=False) / "runs"


class Outline(Struct, frozen=True):
    """One target's line on a card."""

    name: str
    p95_ms: float | None
    makespan_s: float | None


class Card(Struct, frozen=True):
    """What is told of a kept run."""

    name: str
    """Of its files, without what follows the dot."""
    scenario: str
    title: str
    mode: str
    load: LoadResult
    parameters: dict[str, int | float]
    targets: list[Outline]

    @property
    def kept_s(self) -> float:
        """When, in seconds since 1970."""
        return int(self.name.partition("-")[0]) / 1e9


class Shelf:
    """The folder; it is made when the first run is kept."""

    def __init__(self, folder: Path, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_runs = most_runs
        self._most_bytes = most_bytes

    def keep(self, scenario: Scenario, result: RunResult, traces: list[TargetTrace], at_ns: int) -> None:
        """Keep a run, and throw away the oldest where there are too many; BadInput or OSError where it cannot be."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        card = _card(f"{at_ns:019}-{scenario.name}", scenario, result)
        write_run(self.run_file(card), scenario, result, traces)
        write_whole(self._folder / f"{card.name}.json", msgspec.json.encode(card))
        self._make_room()

    def run_file(self, card: Card) -> Path:
        """Where its run is."""
        return self._folder / f"{card.name}.avw"

    def cards(self) -> tuple[list[Card], int]:
        """The newest first, and how many files there are that cannot be read."""
        cards: list[Card] = []
        damaged = 0
        for file in sorted(self._files(".json"), reverse=True):
            try:
                card = msgspec.json.decode(file.read_bytes(), type=Card)
                if card.name != file.stem or not self.run_file(card).is_file() or card.kept_s < 0:
                    raise ValueError(file)
                cards.append(card)
            except (OSError, ValueError):  # msgspec's errors are ValueErrors
                damaged += 1
        return cards, damaged

    def delete(self, card: Card) -> None:
        """Throw a run away; OSError where that is forbidden."""
        self._remove(card.name)

    def _remove(self, name: str) -> None:
        for ending in (".json", ".avw"):
            (self._folder / f"{name}{ending}").unlink(missing_ok=True)

    def _files(self, ending: str) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (file for file in self._folder.iterdir() if file.suffix == ending and file.name[0] != ".")

    def _make_room(self) -> None:
        """The newest stays, however large it is."""
        kept_bytes = 0
        for place, file in enumerate(sorted(self._files(".avw"), reverse=True)):
            kept_bytes += file.stat().st_size
            if place and (place >= self._most_runs or kept_bytes > self._most_bytes):
                self._remove(file.stem)
        for leftover in self._folder.glob(".*"):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_AFTER_S:
                leftover.unlink(missing_ok=True)


def _card(name: str, scenario: Scenario, result: RunResult) -> Card:
    targets = [
        Outline(target.name, target.latency_ms.p95 if target.latency_ms else None, target.makespan_s)
        for target in result.targets
    ]
    return Card(name, scenario.name, scenario.toml.title, result.mode, result.load, result.parameters, targets)
