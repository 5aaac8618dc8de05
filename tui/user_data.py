"""What a user has chosen and answered: theme, own project, quiz; each file is written whole or not at all."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Struct

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.scenario_files.validation import ANSWERS
from asgi_vs_wsgi.scenarios.storage.atomic_write import PRIVATE, write_atomically
from asgi_vs_wsgi.scenarios.storage.user_directories import config_directory, data_directory

if TYPE_CHECKING:
    from pathlib import Path


THEME_WORDS = {
    "lab-dark": "Light words on a dark ground",
    "lab-light": "Dark words on a light ground",
    "lab-high-contrast": "On black, with strong signs on every bar",
    "lab-colour-blind": "Strong signs on every bar, nothing told by red and green",
}
"""Ours, and what they are for: asgi_vs_wsgi.tui.theme has their colours."""
THEMES = tuple(THEME_WORDS)


def theme_named(word: str) -> str:
    """As `--theme` has it; BadInput with a guess for one that is none."""
    if word in THEMES:
        return word
    raise BadInput(f"--theme: there is no `{word}`", hint=suggest(word, THEMES))


class Preferences(Struct, frozen=True):
    """Nothing chosen is None."""

    theme: str | None = None


def _file() -> Path | None:
    directory = config_directory()
    return directory / "preferences.json" if directory else None


def read_preferences() -> Preferences:
    """Nothing is chosen where the file is missing or cannot be read, and nobody has said so on the command line."""
    if _asked_for:
        return Preferences(theme=_asked_for[-1])
    file = _file()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Preferences) if file else Preferences()
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return Preferences()


def keep_preferences(preferences: Preferences) -> None:
    """A home that cannot be written to, or none: they last as long as the program."""
    if file := _file():
        with contextlib.suppress(OSError, BadInput):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, msgspec.json.encode(preferences))


_asked_for: list[str] = []
"""On the command line: it holds for this program where no home keeps it."""


def choose_theme(word: str | None) -> None:
    """From the command line: as in the palette, from now on; None: as it was. BadInput for one that is none."""
    if word is not None:
        _asked_for.append(theme_named(word))
        keep_preferences(Preferences(theme=word))


LONGEST_VALUE = 4000
"""Letters of a text that somebody has typed into a form."""


def read_last_project() -> dict[str, str]:
    """What the form of the user's own project held when it was used last; empty where nothing of it can be read."""
    directory = data_directory()
    try:
        kept = msgspec.json.decode((directory / "project.json").read_bytes(), type=dict[str, str]) if directory else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: text for name, text in kept.items() if len(text) <= LONGEST_VALUE}


def keep_last_project(values: dict[str, str]) -> None:
    """For the next time, where there is a home to keep it in."""
    if directory := data_directory():
        with contextlib.suppress(OSError, BadInput):
            directory.mkdir(parents=True, exist_ok=True)
            write_atomically(directory / "project.json", msgspec.json.encode(values), PRIVATE)


Answer = Annotated[int, msgspec.Meta(ge=0, lt=ANSWERS.high)]
"""The place of a choice: others were never given here."""


class QuizAnswers:
    """Scenario to the answers, in the order of its questions: the prediction first."""

    def __init__(self, file: Path | None = None) -> None:
        directory = data_directory()
        self._file = file or (directory / "quiz.json" if directory else None)
        self._answers: dict[str, list[int]] = {}
        if self._file is None:
            return
        with contextlib.suppress(OSError, ValueError, RecursionError):  # nothing kept yet, or nothing that can be read
            self._answers = msgspec.json.decode(self._file.read_bytes(), type=dict[str, list[Answer]])

    def given_to(self, scenario: str) -> list[int]:
        """The answers given so far."""
        return list(self._answers.get(scenario, ()))

    @property
    def all(self) -> dict[str, list[int]]:
        """All answers, by scenario."""
        return dict(self._answers)

    def give(self, scenario: str, answer: int) -> None:
        """Answer the scenario's next question."""
        self._answers.setdefault(scenario, []).append(answer)
        self._keep()

    def forget(self, scenario: str | None = None) -> None:
        """The answers of one scenario, or of all."""
        if scenario is None:
            self._answers.clear()
        else:
            self._answers.pop(scenario, None)
        self._keep()

    def _keep(self) -> None:
        if self._file is None:
            return
        # A home that cannot be written to: the answers last as long as the program.
        with contextlib.suppress(OSError, BadInput):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, msgspec.json.encode(self._answers))
