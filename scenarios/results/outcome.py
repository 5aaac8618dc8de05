"""What a run comes to: the document and its traces, or how far it had come when it was stopped."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import RoundFigures, RunResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class PartialTarget(Struct, frozen=True):
    """How many of one target's visitors had their answer."""

    target: str
    served: int
    planned: int


class PartialRun(Struct, frozen=True):
    """Figures are of whole rounds only; where there is none, the round that was being recorded is kept, unfinished."""

    rounds: int
    """Whole ones."""
    of_rounds: int
    steps: int = 0
    """Of the ladder, by target."""
    of_steps: int = 0
    at_ns: int = 0
    """When, on the recording's own clock (`time.monotonic_ns`)."""
    visitors: list[PartialTarget] = []
    """Of the unfinished round, where that is what is kept."""


TO_THE_MINUTE = "%Y-%m-%d %H:%M"


class ClockPair(Struct, frozen=True):
    """One moment on two clocks: what is recorded is monotonic, and other tools want times of day."""

    wall_ns: int
    """Since 1970, UTC."""
    monotonic_ns: int

    @classmethod
    def now(cls) -> ClockPair:
        """Read together, to within what the two readings take."""
        before_ns, wall_ns = time.monotonic_ns(), time.time_ns()
        return cls(wall_ns, (before_ns + time.monotonic_ns()) // 2)

    @property
    def local(self) -> str:
        """The time of day here, to the minute."""
        return time.strftime(TO_THE_MINUTE, time.localtime(self.wall_ns / 1e9))


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """One visit more of a real browser's to a target, of which it recorded a performance trace; it counts for nothing
    else."""

    trace: TargetTrace
    """Of those who came beside it, and of all that the workers told meanwhile."""
    asked: dict[int, str]
    """The numbers of the browser's own requests, as the workers know them, to what it asked for."""
    events: bytes
    """A JSON array of trace events, in microseconds of the monotonic clock; nothing private is in it."""
    whole: bool = True
    """Whether all of it found room."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`traces` are those of each target's median round, in the order of the run's targets."""

    result: RunResult
    traces: list[TargetTrace]
    stopped: PartialRun | None = None
    """Where it was stopped before its end; the result then has no targets unless a round is whole."""
    took_s: float | None = None
    """From before its servers were started until they were gone; None of one that was stopped."""
    rounds: list[RoundFigures] = field(default_factory=list)
    """Of all whole rounds."""
    pages: list[RecordedPage] = field(default_factory=list)
    """Of a run of `browse`: one for each target, unless it was stopped before."""
    clock: ClockPair = field(default_factory=ClockPair.now)
    """Read when the run had ended, by the process that recorded it."""
