"""Recent runs, kept in a folder of the user's: bounded in number and in bytes, each with a card that tells of it.

    1764000000000000000-slow-io.avw        a run, as `run --save` writes it
    1764000000000000000-slow-io.ranking    or a tournament
    1764000000000000000-slow-io.json       its card

The number orders them: when it was kept (nanoseconds since 1970), or one more than that of the newest where the clock
has gone back meanwhile. A card is written after its run: what has no card was not kept to its end. Other programs of
the same user may keep runs at the same time: they take turns, and a file that one of them has just thrown away is
none of ours. So is every file whose name is not exactly one of these: it is neither read nor counted nor removed.

Keeps what was measured, once its servers are gone; where that fails, one line says why and nothing else happens.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.storage.atomic_write import PRIVATE, is_neighbour, write_atomically
from asgi_vs_wsgi.scenarios.storage.history_entry import (
    TOURNAMENT,
    HistoryEntry,
    card_of_run,
    card_of_tournament,
    read_card,
)
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.scenarios.storage.run_reader import read_ranking, read_run, saved_run, write_saved_run
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario
from asgi_vs_wsgi.scenarios.storage.user_directories import NO_HOME, SET_ONE, data_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.tournament.tournament import TournamentProgress


MOST_RUNS = 40
MOST_BYTES = 100_000_000
LEFTOVER_AFTER_S = 3600.0
"""A neighbour that a write has left behind, because it was killed, is older than this."""
RUN, RANKING, CARD = ".avw", ".ranking", ".json"
_NAME = re.compile(r"(\d{19})-[A-Za-z0-9][A-Za-z0-9_-]*")
_LEFTOVER = re.compile(r"\.\d{19}-[A-Za-z0-9][A-Za-z0-9_-]*\.(?:avw|ranking|json)\.[a-z0-9_]{8}")
"""What versions before this one left behind when they were killed."""
_LAST = 10**19 - 1
PATIENCE_S = 10.0
"""For another program that keeps a run: it takes a second at most, and nobody should wait for one that hangs."""


class RunHistory:
    """The folder; it is made when the first run is kept."""

    def __init__(self, folder: Path, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_runs = most_runs
        self._most_bytes = most_bytes

    def keep(self, scenario: Scenario, outcome: Outcome, at_ns: int, saved: SavedRun | None = None) -> None:
        """Keep a run, and throw away the oldest where there are too many; BadInput or OSError where it cannot be.

        `saved`: the same run, where it has been put together for another file.
        """
        with self._alone():
            number = self._next(at_ns)
            told_ns = at_ns if at_ns != number else None
            card = card_of_run(number, scenario, outcome.result, outcome.stopped, told_ns, outcome.took_s)
            write_saved_run(self.file(card), saved or saved_run(scenario, outcome), PRIVATE)
            self._put(card)

    def keep_tournament(
        self, scenario: Scenario, kept: KeptTournament, at_ns: int, took_s: float | None = None
    ) -> None:
        """The same for a tournament."""
        with self._alone():
            number = self._next(at_ns)
            card = card_of_tournament(number, scenario, kept, at_ns if at_ns != number else None, took_s)
            write_atomically(self.file(card), msgspec.json.encode(kept), PRIVATE)
            self._put(card)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """In the folder, which is there and its owner's alone."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _take_turn(descriptor)
            self._make_private(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _make_private(self, descriptor: int) -> None:
        """Also a folder and files that were there before, where they are the user's own."""
        with suppress(OSError):
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, 0o700)
        for file in self._files(RUN, RANKING, CARD):
            with suppress(OSError):
                if file.stat().st_mode & 0o077:
                    file.chmod(PRIVATE)

    def _next(self, at_ns: int) -> int:
        """A number for what is kept now: after all others, whatever the clock says."""
        numbers = [int(file.name[:19]) for file in self._files(RUN, RANKING, CARD)]
        newest = max((number for number in numbers if number < _LAST), default=0)
        return max(at_ns, newest + 1)

    def _put(self, card: HistoryEntry) -> None:
        """What has no card is not kept, and should not take room."""
        try:
            write_atomically(self._folder / f"{card.name}{CARD}", msgspec.json.encode(card), PRIVATE)
        except BadInput:
            self._remove(card.name)
            raise
        self._make_room()

    def file(self, card: HistoryEntry) -> Path:
        """Where what it tells of is."""
        return self._folder / f"{card.name}{RANKING if card.mode == TOURNAMENT else RUN}"

    def read(self, card: HistoryEntry) -> SavedRun | KeptTournament:
        """What it tells of; BadInput where it cannot be read."""
        return (read_ranking if card.mode == TOURNAMENT else read_run)(self.file(card))

    def cards(self) -> tuple[list[HistoryEntry], int]:
        """The newest first, and how many files of ours there are that cannot be read."""
        cards: list[HistoryEntry] = []
        damaged = 0
        for file in sorted(self._files(CARD), reverse=True):
            card = read_card(file)
            if card is not None and self.file(card).is_file():
                cards.append(card)
            else:
                damaged += 1
        return cards, damaged

    def delete(self, card: HistoryEntry) -> None:
        """Throw a run away; OSError where that is forbidden."""
        self._remove(card.name)

    def _remove(self, name: str) -> None:
        for ending in (CARD, RUN, RANKING):
            file = self._folder / f"{name}{ending}"
            if file.is_file() or file.is_symlink():  # a folder of that name is none of ours
                file.unlink(missing_ok=True)

    def _files(self, *endings: str) -> Iterator[Path]:
        """Those of ours; none where the folder is not there or may not be read."""
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                name, ending = os.path.splitext(entry.name)  # noqa: PTH122 - no path is made of what is not ours
                if ending in endings and _NAME.fullmatch(name) and entry.is_file():
                    yield self._folder / entry.name

    def _make_room(self) -> None:
        """The newest stays, however large it is. What may not be removed is no reason to tell that nothing was kept."""
        kept_bytes = 0
        for place, file in enumerate(sorted(self._files(RUN, RANKING), reverse=True)):
            with suppress(OSError):
                kept_bytes += file.stat().st_size
                if place and (place >= self._most_runs or kept_bytes > self._most_bytes):
                    self._remove(file.stem)
        for leftover in self._leftovers():
            with suppress(OSError):
                leftover.unlink(missing_ok=True)

    def _leftovers(self) -> Iterator[Path]:
        """Of writes that were killed; one that goes on is younger, unless the clock has gone back meanwhile."""
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                if (is_neighbour(entry.name) or _LEFTOVER.fullmatch(entry.name)) and entry.is_file(
                    follow_symlinks=False
                ):
                    age_s = time.time() - entry.stat(follow_symlinks=False).st_mtime
                    if abs(age_s) > LEFTOVER_AFTER_S:
                        yield self._folder / entry.name


def _take_turn(descriptor: int) -> None:
    """Where the folder cannot be locked at all (some network file systems), without."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:
            return None
    return None


NO_KEEP = "ASGI_VS_WSGI_NO_KEEP"
"""Set in the environment to anything, nothing is kept: what `--no-keep` says for one command."""


def user_history() -> Path:
    """It need not exist; BadInput where there is no home to keep runs in."""
    directory = data_directory()
    if directory is None:
        raise BadInput(f"{NO_HOME} with recent runs in it", hint=SET_ONE)
    return directory / "runs"


def history_for(*, keep: bool) -> Path | None:
    """The folder to keep runs in; None where the user wants none kept, or has no home to keep them in."""
    return user_history() if _wanted(keep=keep) and data_directory() else None


def no_place_words(*, keep: bool) -> str:
    """Why runs that the user wants kept cannot be; empty where they can, or where none is to be kept."""
    return f"runs are not kept: {NO_HOME} ({SET_ONE})" if _wanted(keep=keep) and not data_directory() else ""


def _wanted(*, keep: bool) -> bool:
    return keep and not os.environ.get(NO_KEEP)


def autosave_run(folder: Path | None, scenario: Scenario, outcome: Outcome, saved: SavedRun | None = None) -> str:
    """Why the run could not be kept; empty where it was, or was not to be (`folder` is None). `saved` as of `keep`."""
    if folder is None:
        return ""
    try:
        RunHistory(folder).keep(scenario, outcome, time.time_ns(), saved)
    except (OSError, BadInput) as error:
        return _why("run", error)
    return ""


def autosave_tournament(folder: Path | None, experiment: Experiment, so_far: TournamentProgress) -> str:
    """The same for a tournament; one in which nothing was measured is not kept. `experiment` is any of it."""
    if folder is None or so_far.tournament is None or not so_far.tournament.standings:
        return ""
    scenario, load = experiment.scenario, LoadResult.from_load(experiment.load)
    try:
        kept = KeptTournament(so_far.tournament, load, so_far.done, so_far.total, saved_scenario(scenario))
        RunHistory(folder).keep_tournament(scenario, kept, time.time_ns(), so_far.took_s)
    except (OSError, BadInput) as error:
        return _why("tournament", error)
    return ""


def _why(what: str, error: OSError | BadInput) -> str:
    reason = error.what if isinstance(error, BadInput) else f"{error.filename or ''}: {error.strerror}".lstrip(": ")
    return f"this {what} was not kept: {reason}"
