"""Whoever follows a run while it goes on: the headless command's progress lines, or the lab for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class Progress(Struct, frozen=True):
    """What a run does now, for people: `starting uvicorn`, `round 2 of 5`; done and total where they count."""

    phase: str
    """`starting`, `warming`, `lone`, `running`, `stopping`, `finished`, `stopped` or `failed`."""
    words: str
    done: int = 0
    total: int = 0


class Watcher(Protocol):
    """Called from the run's own loop; must return at once."""

    def progress(self, progress: Progress) -> None:
        """What the run does now."""

    def ready(self, target: str, pid: int) -> None:
        """A worker has said hello."""

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        """These traces grow from now on; all targets of one round."""

    def cut_off(self, outcome: Outcome) -> None:
        """The run was stopped and its servers are gone; this was measured until then."""


class Callbacks:
    """A Watcher made of functions."""

    def __init__(
        self,
        on_progress: Callable[[Progress], None],
        on_ready: Callable[[str, int], None],
        on_cut_off: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        self.progress = on_progress
        self.ready = on_ready
        self.cut_off = on_cut_off

    def recording(self, traces: list[TargetTrace], round_number: int) -> None:
        """Nobody watches the traces grow."""
