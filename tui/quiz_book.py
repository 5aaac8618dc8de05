"""The answers that somebody has given, kept in the user's data directory; written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from scenarios.user_directories import data_directory


class QuizBook:
    """Scenario to the answers, in the order of its questions: the prediction first."""

    def __init__(self, file: Path | None = None) -> None:
        directory = data_directory()
        self._file = file or (directory / "quiz.json" if directory else None)
        self._answers: dict[str, list[int]] = {}
        if self._file is None:
            return
        with contextlib.suppress(OSError, msgspec.DecodeError):  # nothing kept yet, or nothing that can be read
            self._answers = msgspec.json.decode(self._file.read_bytes(), type=dict[str, list[int]])

    def of(self, scenario: str) -> list[int]:
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
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):  # a home that cannot be written to: the answers last as long as the program
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(self._answers))
            beside.replace(self._file)
