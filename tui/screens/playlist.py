"""Several saved runs, opened together (`replay A B C`): the next, the one before, and a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament, SavedRun


class OpenedFile(NamedTuple):
    """A saved run and what it is called: the name of its file."""

    name: str
    kept: SavedRun | KeptTournament
    file: Path | None = None
    """None for one of the recent runs."""


class Playlist:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"file"})

    def __init__(self, open_: Callable[[SavedRun | KeptTournament], None], tell: Callable[[str], None]) -> None:
        self._open, self._tell = open_, tell
        self.files: Sequence[OpenedFile] = ()
        self.at = 0

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        return len(self.files) > 1

    def begin(self, files: Sequence[OpenedFile]) -> None:
        """Show the first of these."""
        self.files, self.at = files, 0
        self.go_to(0)

    def file(self, steps: int) -> None:
        """The next, or the one before; after the last comes the first."""
        self.go_to((self.at + steps) % len(self.files))

    def beyond(self, direction: int) -> bool:
        """The next, or the one before, as long as there is one."""
        to = self.at + direction
        if not 0 <= to < len(self.files):
            return False
        self.go_to(to)
        return True

    def go_to(self, place: int) -> None:
        """One of them, by its place."""
        self.at = place
        self._open(self.files[place].kept)
        if len(self.files) > 1:
            self._tell(self.words(place))

    def words(self, place: int) -> str:
        """`2 of 3: threads.avw`."""
        return f"{place + 1} of {len(self.files)}: {self.files[place].name}"
