"""The document that `run --json` prints (DESIGN section 6, contract). None is `null`: it was not measured."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from scenarios.definition import Load

SCHEMA = "asgi-vs-wsgi-tui/run/1"


class Latency(Struct, frozen=True):
    """Exact figures of a set of times, in milliseconds; percentiles are nearest rank on every sample."""

    min: float
    p50: float
    p75: float
    p90: float
    p95: float
    p99: float
    max: float
    mean: float


class RequestCounts(Struct, frozen=True):
    """planned = completed + failed + cancelled + dropped."""

    planned: int
    completed: int
    failed: int
    cancelled: int
    dropped: int
    errors: dict[str, int]
    """Error kind to count, `timeout` always among them."""
    statuses: dict[str, int]


class InFlight(Struct, frozen=True):
    """How many requests the application was in at once."""

    max: int
    max_per_worker: int


class WorkerSeen(Struct, frozen=True):
    """One worker process over the run."""

    pid: int
    requests: int
    busy_share: float | None
    blocked_share: float | None
    loop_held_max_ms: float | None
    rss_peak_mb: float | None
    threads_peak: int | None
    connections_open_peak: int | None


class Blame(Struct, frozen=True):
    """A source line and how long requests were in `state` there, over the whole run."""

    where: str
    state: str
    ms: float


class LeftVisitors(Struct, frozen=True):
    """What became, at the server, of the visits whose visitors had left before their answer."""

    requests: int
    """How many left after the application had begun."""
    cancelled: int
    """How many of these were cancelled, so that no answer was made."""
    worked_on_ms: float | None
    """How long, on average, the application went on after its visitor had left."""


class VisitorClass(Struct, frozen=True):
    """The figures of one class of visitors."""

    name: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None


class LawResult(Struct, frozen=True):
    """A law's prediction beside what was measured, with all that is needed to recompute it."""

    name: str
    predicted_makespan_s: float
    measured_makespan_s: float
    service_s: float
    cpu_s: float | None
    busiest: int | None
    holds: bool
    cores: float | None = None
    """That it predicts from: the machine's, less what other programs took where that was much."""


class CheckResult(Struct, frozen=True):
    """A claim about one quantity of the result."""

    name: str
    quantity: str
    expected: str
    measured: float | None
    holds: bool


class DriverFigures(Struct, frozen=True):
    """How well the load driver kept its plan."""

    lag_p99_ms: float | None
    cpu_share: float | None
    limited: bool


BUSY = 0.15
"""Of all processors' time."""


class MachineShare(Struct, frozen=True):
    """Of all processors' time during the round: what programs that are not ours used, and what the host took."""

    others_share: float
    stolen_share: float

    @property
    def taken(self) -> float:
        """Both."""
        return min(1.0, self.others_share + self.stolen_share)

    @property
    def busy(self) -> bool:
        """Whether so much was taken that figures of time may tell of others instead of the target."""
        return self.taken > BUSY

    def left_of(self, cores: int) -> float:
        """How many cores' worth the others left; all of them where they took little, for then nobody had to wait."""
        return max(0.1, cores * (1 - self.taken)) if self.busy else cores


class Telemetry(Struct, frozen=True):
    """How many events the workers recorded, and how many are known to be missing (None: cannot be known)."""

    events: int
    lost: int | None


class Connections(Struct, frozen=True):
    """Connections to the database that all workers together held open, by the database's own account."""

    database: str
    """`sqlite` or `postgresql`."""
    peak: int
    at_end: int
    """Right after the last visitor had an answer."""
    over_time: list[tuple[float, int]]
    """Milliseconds since the first intended start, and how many there were."""


class TargetResult(Struct, frozen=True):
    """All figures of one target's median round."""

    name: str
    server: str
    label: str
    interface: str
    version: str
    loop: str | None
    http: str | None
    workers: int
    threads: int
    requests: RequestCounts
    makespan_s: float | None
    throughput_rps: float | None
    service_s: float | None
    latency_ms: Latency | None
    uncorrected_latency_ms: Latency | None
    ttfb_ms: Latency | None
    queue_ms: Latency | None
    accepted_ms: Latency | None
    """Of the time in line, the part in one worker's own hands: accepted, and not begun. None where it is not shown."""
    states_ms: dict[str, float] | None
    in_flight: InFlight | None
    workers_seen: list[WorkerSeen]
    workers_lost: int
    hops_per_request: float | None
    blame: list[Blame]
    classes: list[VisitorClass]
    left: LeftVisitors | None
    connections: Connections | None
    law: LawResult | None
    checks: list[CheckResult]
    driver: DriverFigures
    telemetry: Telemetry | None
    machine: MachineShare | None = None


class VerdictResult(Struct, frozen=True):
    """Who was better, by how much, on what; `winner` is None where there is no real difference or no verdict."""

    winner: str | None
    ratio: float | None
    on: str
    words: str


class Round(Struct, frozen=True):
    """One target in one round."""

    target: str
    round: int
    makespan_s: float | None
    p95_ms: float | None
    completed: int


class LadderPoint(Struct, frozen=True):
    """One target with one number of visitors."""

    target: str
    visitors: int
    p50_ms: float | None
    p95_ms: float | None
    throughput_rps: float | None


class LoadResult(Struct, frozen=True):
    """The load as it was run; `loop` is open or closed."""

    arrivals: str
    loop: str
    requests: int | None
    concurrency: int | None
    rate: float | None
    duration_s: float | None
    seed: int
    timeout_s: float
    keep_alive: bool

    @classmethod
    def of(cls, load: Load) -> LoadResult:
        """The checked load, with the kind of its arrivals spelt out."""
        return cls(
            load.arrivals,
            "closed" if load.arrivals == "closed" else "open",
            load.requests,
            load.concurrency,
            load.rate,
            load.duration_s,
            load.seed,
            load.timeout_s,
            load.keep_alive,
        )


class RunResult(Struct, frozen=True):
    """The whole document."""

    scenario: str
    parameters: dict[str, int | float]
    mode: str
    environment: dict[str, Any]
    load: LoadResult
    targets: list[TargetResult]
    verdict: VerdictResult
    rounds: list[Round]
    ladder: list[LadderPoint]
    schema: str = SCHEMA
