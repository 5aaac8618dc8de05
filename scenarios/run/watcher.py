"""Whoever follows a run while it goes on: the headless command's progress lines, or the lab for the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from scenarios.lab.messages import Progress
from scenarios.trace.target_trace import TargetTrace


class Watcher(Protocol):
    """Called from the run's own loop; must return at once."""

    def progress(self, progress: Progress) -> None:
        """What the run does now."""

    def ready(self, target: str, pid: int) -> None:
        """A worker has said hello."""

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        """These traces grow from now on; all targets of one round."""


class Callbacks:
    """A Watcher made of two functions."""

    def __init__(self, on_progress: Callable[[Progress], None], on_ready: Callable[[str, int], None]) -> None:
        self.progress = on_progress
        self.ready = on_ready

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        """Nobody watches the traces grow."""
