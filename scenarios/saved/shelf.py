"""Recent runs, kept in a folder of the user's: bounded in number and in bytes, each with a card that tells of it.

    1764000000000000000-slow-io.avw        a run, as `run --save` writes it
    1764000000000000000-slow-io.ranking    or a tournament
    1764000000000000000-slow-io.json       its card

The number is when it was kept (nanoseconds since 1970), so that the order of the names is that of the runs. A card
is written after its run: what has no card was not kept to its end. Other programs of the same user may keep runs at
the same time: a file that one of them has just thrown away is none of ours.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from scenarios.definition import Scenario
from scenarios.errors import BadInput
from scenarios.outcome import Outcome
from scenarios.saved.card import TOURNAMENT, Card, card_of_run, card_of_tournament
from scenarios.saved.harmless_strings import with_harmless_strings
from scenarios.saved.ranking import KeptTournament, read_ranking
from scenarios.saved.reading import read_run
from scenarios.saved.run import SavedRun
from scenarios.saved.writing import write_run
from scenarios.user_directories import is_directory
from scenarios.whole_file import write_whole

MOST_RUNS = 40
MOST_BYTES = 100_000_000
LEFTOVER_AFTER_S = 3600.0
"""A neighbour that a write has left behind, because it was killed, is older than this."""
RUN, RANKING, CARD = ".avw", ".ranking", ".json"


class Shelf:
    """The folder; it is made when the first run is kept."""

    def __init__(self, folder: Path, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_runs = most_runs
        self._most_bytes = most_bytes

    def keep(self, scenario: Scenario, outcome: Outcome, at_ns: int) -> None:
        """Keep a run, and throw away the oldest where there are too many; BadInput or OSError where it cannot be."""
        self._make_folder()
        card = card_of_run(at_ns, scenario, outcome.result, outcome.stopped)
        write_run(self.file(card), scenario, outcome)
        self._put(card)

    def keep_tournament(self, scenario: Scenario, kept: KeptTournament, at_ns: int) -> None:
        """The same for a tournament."""
        self._make_folder()
        card = card_of_tournament(at_ns, scenario, kept)
        write_whole(self.file(card), msgspec.json.encode(kept))
        self._put(card)

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _put(self, card: Card) -> None:
        """What has no card is not kept, and should not take room."""
        try:
            write_whole(self._folder / f"{card.name}{CARD}", msgspec.json.encode(card))
        except BadInput:
            self._remove(card.name)
            raise
        self._make_room()

    def file(self, card: Card) -> Path:
        """Where what it tells of is."""
        return self._folder / f"{card.name}{RANKING if card.mode == TOURNAMENT else RUN}"

    def read(self, card: Card) -> SavedRun | KeptTournament:
        """What it tells of; BadInput where it cannot be read."""
        return (read_ranking if card.mode == TOURNAMENT else read_run)(self.file(card))

    def cards(self) -> tuple[list[Card], int]:
        """The newest first, and how many files there are that cannot be read."""
        cards: list[Card] = []
        damaged = 0
        for file in sorted(self._files(CARD), reverse=True):
            try:
                card = with_harmless_strings(msgspec.json.decode(file.read_bytes(), type=Card))
                if card.name != file.stem or not self.file(card).is_file() or card.kept_s < 0:
                    raise ValueError(file)
                cards.append(card)
            except (OSError, ValueError):  # msgspec's errors are ValueErrors
                damaged += 1
        return cards, damaged

    def delete(self, card: Card) -> None:
        """Throw a run away; OSError where that is forbidden."""
        self._remove(card.name)

    def _remove(self, name: str) -> None:
        for ending in (CARD, RUN, RANKING):
            (self._folder / f"{name}{ending}").unlink(missing_ok=True)

    def _files(self, *endings: str) -> Iterator[Path]:
        if is_directory(self._folder):
            yield from (file for file in self._folder.iterdir() if file.suffix in endings and file.name[0] != ".")

    def _make_room(self) -> None:
        """The newest stays, however large it is."""
        kept_bytes = 0
        for place, file in enumerate(sorted(self._files(RUN, RANKING), reverse=True)):
            with suppress(FileNotFoundError):
                kept_bytes += file.stat().st_size
            if place and (place >= self._most_runs or kept_bytes > self._most_bytes):
                self._remove(file.stem)
        for leftover in self._folder.glob(".*"):
            with suppress(FileNotFoundError):
                if time.time() - leftover.stat().st_mtime > LEFTOVER_AFTER_S:
                    leftover.unlink(missing_ok=True)
