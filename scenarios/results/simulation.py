"""The parts of the document that a simulation adds: what it rests on, how sure it is, and what it would take to hold.

They stand in no document of a run that was measured, and `simulated` is true wherever figures are not measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import RunResult


class CrowdResult(Struct, frozen=True):
    """The second run of a calibration, with more in flight: what a request costs is interpolated between the two."""

    run: str
    saved: str | None
    target: str
    arrivals: str
    visitors: int
    in_flight: int
    """The most at once."""
    workers: int
    threads: int
    taken_share: float | None
    """Of the machine, by other programs, while it was measured."""
    cpu_ms: float
    """Of a request of that run, by the clocks of its workers."""
    each: list[float]
    """In flight of one worker, on average, in the first run and in this: between these what a request costs is a line,
    and beyond it is taken to cost what it costs at the end. Of a worker that serves one at a time 1, and 2 while others
    are in line."""
    times: float
    """As many times as much CPU as in the first run, in this one."""
    outside_ms: float
    """Of each visitor's wait, what no worker is held for: the client and the kernel, as the first run tells it."""
    measured_p50_ms: float
    measured_p95_ms: float
    reproduced_p50_ms: float
    reproduced_p95_ms: float
    reproduces_p50_error: float
    reproduces_p95_error: float


class GarbageResult(Struct, frozen=True):
    """Collections of all garbage of the measured workers' Python, from the second of each worker on."""

    seen: int
    every_requests: int
    """Of one worker, from one to the next."""
    cpu_ms: float
    """Of one, on average: its loop or its GIL is held meanwhile."""
    cpu_range_ms: list[float] | None = None
    """The least and the most: each that is simulated takes as long as one of those that were seen. None in simulations
    that were saved before it was told, when each took as long as their mean."""


class CalibrationResult(Struct, frozen=True):
    """Which measured run a simulated target rests on, and how well the simulator reproduces that run itself."""

    run: str
    """The file, or the scenario that was measured first."""
    saved: str | None
    """When it was measured; of a run that does not know that, when its file was written."""
    target: str
    """Of that run."""
    server: str
    version: str
    python: str | None
    gil: bool | None
    django: str | None
    cores: int
    taken_share: float | None
    """Of that machine, by other programs, while it was measured; None where it is not known."""
    arrivals: str
    visitors: int
    """Whose slices are resampled."""
    in_flight: int
    """The most at once."""
    workers: int
    threads: int
    cpu_ms: float
    """Of a request, all in all, as calibrated."""
    overhead_ms: float
    """Of it, what the server needs outside the application."""
    overhead_from: str
    tuned_ms: float
    """What was added to each request, or taken away, for the run itself to come out."""
    tuned_by: str
    """`CPU`; where all of that is known, `time without CPU` that holds a worker or a loop, or `CPU, to after the
    answer`."""
    tuned_on: str
    measured_p50_ms: float
    measured_p95_ms: float
    reproduced_p50_ms: float
    reproduced_p95_ms: float
    reproduces_p50_error: float
    """Simulated against measured, of the same arrivals: 0.02 is 2 % too slow."""
    reproduces_p95_error: float
    rss_mb: float | None
    """The largest worker's peak; None where it was not sampled."""
    crowd: CrowdResult | None = None
    """What a request costs among others; None where one run alone was given."""
    garbage: GarbageResult | None = None
    """What collections of all garbage cost; None where no two of one worker were seen: then none is simulated."""


class InUse(Struct, frozen=True):
    """How full everything is that may be scarce, from 0 to 1; None where there is no such thing."""

    cores: float
    slots: float | None
    """Workers, or threads, that serve somebody."""
    loops: float | None
    """Event loops that are held."""
    gil: float | None
    """Of the busiest process."""
    pool: float | None = None
    """Places of all workers' pools that are held."""

    @property
    def fullest(self) -> float:
        """How full that is which runs out first."""
        return max(part for part in (self.cores, self.slots, self.loops, self.gil, self.pool) if part is not None)


class Theory(Struct, frozen=True):
    """What queueing theory, or a law, says of it, where it has an answer."""

    name: str
    words: str
    quantity: str | None = None
    """`mean time in line` or `makespan`; None where no time is said."""
    says_ms: float | None = None
    simulated_ms: float | None = None


class TargetSimulation(Struct, frozen=True):
    """What stands beside a simulated target's figures."""

    calibration: CalibrationResult
    replications: int
    """Of the figures: arrivals the same, who accepts and whose slices are resampled drawn anew."""
    in_use: InUse
    scarce: str
    """What runs out first when more come: `workers`, `threads`, `the event loops`, `the GIL`, `the cores` or
    `the pool`."""
    beyond: list[str]
    """In words: what was not calibrated and is extrapolated, and what cannot be known."""
    theory: list[Theory] = []


class Configuration(Struct, frozen=True):
    """One that was tried for a target that is to be held."""

    target: str
    """As `--target` takes it."""
    server: str
    workers: int
    threads: int
    pool: int | None
    holds: bool
    p95_ms: float | None
    """The median of the replications; None where it was not simulated: its line would grow without end."""
    interval: list[float] | None
    """The least and the most of them."""
    memory_mb: float | None
    """Workers × the peak of the largest that was measured; None where no memory was."""
    memory_at_least: bool
    """Whether it has more threads than the measured worker had: what these take is not in it."""
    breaks_at_rps: float | None
    """The least rate that was tried and broke the target; None where it was held at every rate that was."""
    holds_at_rps: float | None
    """The largest rate that was tried and held it; None where none did."""
    wanted: float
    """Slots, or loops, wanted on average by Little's law, of `slots`: with the headroom."""
    slots: int
    in_use: InUse
    scarce: str
    why: str
    """Why it does not hold; "" where it does."""
    screened: bool = True
    """Simulated with few visitors, and at no other rate: others are cheaper, or nearer."""
    simulated: bool = True


class Sizing(Struct, frozen=True):
    """What was asked for."""

    rate: float
    p95_ms: float
    of: str
    """The class of visitors, or `all`."""
    headroom: float
    """It is to be held at so many times the rate."""
    cores: float
    seconds: float
    """Of visitors, in each replication."""
    replications: int
    little: str
    """What Little's law says, and why that is not enough."""
    sure: str
    """How sure all this is, and of what nobody can be."""


class PredictedFigures(Struct, frozen=True):
    """Of just the run that was then made: simulated before it, for the same visitors."""

    p95_ms: float | None
    """Of the replication in the middle; None where nobody was answered."""
    interval: list[float] | None
    """The least and the most of the replications."""
    memory_mb: float | None
    memory_at_least: bool
    holds: bool
    """In every replication."""
    simulated: bool = True


class LiveFigures(Struct, frozen=True):
    """What was measured."""

    p95_ms: float | None
    """Of all who came, served or not: None where more than one in twenty had no page."""
    memory_mb: float | None
    """The peaks of its workers, together; None where one was not looked into."""
    holds: bool
    planned: int
    completed: int
    taken_share: float | None
    """Of the machine, by other programs meanwhile; None where it is not known."""
    driver_limited: bool
    simulated: bool = False


class Confirmation(Struct, frozen=True):
    """One of the best configurations, which was run live: what was predicted of it, and what was measured."""

    target: str
    arrivals: str
    rate: float
    """At which it was to be held: with the headroom."""
    duration_s: float | None
    requests: int | None
    of: str
    """The class of visitors, or `all`."""
    limit_ms: float
    predicted: PredictedFigures
    measured: LiveFigures


def is_simulated(result: RunResult) -> bool:
    """Whether any figure of it was not measured."""
    return result.simulated is True or any(target.simulated is True for target in result.targets)
