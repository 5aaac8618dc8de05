"""The document that `run --json` prints, from one target's identity to the whole; its keys are a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.results.client_side import HttpConnections, Pieces, RequestSent

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Load
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts


class Identity(Struct, frozen=True):
    """What is known of a target before it runs, as the document tells it."""

    name: str
    server: str
    label: str
    interface: str
    version: str
    loop: str | None
    http: str | None
    workers: int
    threads: int


def identity(facts: TargetFacts) -> dict[str, Any]:
    """The fields of an Identity, to make what inherits from it."""
    return {field: getattr(facts, field) for field in Identity.__struct_fields__}


class LawResult(Struct, frozen=True):
    """A law's prediction beside what was measured, with all that is needed to recompute it."""

    name: str
    predicted_makespan_s: float
    measured_makespan_s: float
    service_s: float
    cpu_s: float | None
    busiest: int | None
    holds: bool | None
    """None: it cannot be told."""
    cores: float | None = None
    """That it predicts from: the machine's, less what other programs took where that was much."""
    reason: str | None = None
    """Why it cannot be told."""


class CheckResult(Struct, frozen=True):
    """A claim about one quantity of the result."""

    name: str
    quantity: str
    expected: str
    measured: float | None
    holds: bool | None
    """None: it cannot be told."""
    reason: str | None = None
    """Why it cannot be told."""


class VerdictResult(Struct, frozen=True):
    """Who was better, by how much, on what; `winner` is None where there is no real difference or no verdict."""

    winner: str | None
    ratio: float | None
    on: str
    words: str
    compared: list[str] = []
    """The targets that it is about, where it is not about all."""


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
    def from_load(cls, load: Load) -> LoadResult:
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


class Round(Struct, frozen=True):
    """One target in one round."""

    target: str
    round: int
    makespan_s: float | None
    p95_ms: float | None
    completed: int
    value: float | None = None
    """The figure that the verdict is on."""


class LadderPoint(Struct, frozen=True):
    """One target with one number of visitors."""

    target: str
    visitors: int
    p50_ms: float | None
    p95_ms: float | None
    throughput_rps: float | None
    without_page: int = 0
    """How many of these visitors had none: the times are not theirs, or count answers that are no page."""


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
    unexpected: int | None = None
    """Of the completed, how many answers are not what their visitors came for: a redirect, a 429. None: not counted."""


class Unserved(Struct, frozen=True):
    """Visitors who came and got no page, all of whom met the same."""

    kind: str
    """An error kind (`timeout`, `refused`, `reset`, ...), a status that is no page, or `unfinished`."""
    requests: int
    ms: Latency | None
    """From the intended start until it was known; None where that is not told."""


class VisitorClass(Struct, frozen=True):
    """The figures of one class of visitors."""

    name: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None
    request: RequestSent | None = None
    """None in runs that were saved before it was told."""


class LeftVisitors(Struct, frozen=True):
    """What became, at the server, of the visits whose visitors had left before their answer."""

    requests: int
    """How many left after the application had begun."""
    cancelled: int
    """How many of these were cancelled, so that no answer was made."""
    worked_on_ms: float | None
    """How long, on average, the application went on after its visitor had left."""


class InFlight(Struct, frozen=True):
    """How many requests the application was in at once."""

    max: int
    max_per_worker: int


class BlockingLine(Struct, frozen=True):
    """A source line and how long requests were in `state` there, over the whole run.

    `state`: `running`, `blocked`, or `blocked_or_stalled` where these cannot be told apart.
    """

    where: str
    state: str
    ms: float


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
    own_work_ms: float | None = None
    """For how long its loops were held by what is no step of a request; None where it has no loop."""
    own_work: list[BlockingLine] = []
    """At which lines; they are in the target's blame too."""
    rss_before_mb: float | None = None
    """What it held before the first visitor of the round came, as are the next: that is not the round's own."""
    threads_before: int | None = None
    ended: str | None = None
    """`recycled`, `reloaded` or `stopped` as it was told to, `died` otherwise; None: it lived on."""
    told_s: float | None = None
    """When it was told to end, in seconds since the first visitor; None where nobody told it."""
    gone_s: float | None = None
    replaced_s: float | None = None
    """When another was ready in its place, which may be before it was gone; None where none was."""


class FailureReason(Struct, frozen=True):
    """Requests that one exception ended, of all workers."""

    exception: str
    """Its type: `RuntimeError`."""
    words: str
    where: str
    """The nearest line of the user's own code, as in blame; "" where it has none."""
    count: int


class DatabaseConnections(Struct, frozen=True):
    """Connections to the database that all workers together held open, by the database's own account."""

    database: str
    """`sqlite` or `postgresql`."""
    peak: int
    at_end: int
    """Right after the last visitor had an answer."""
    over_time: list[tuple[float, int]]
    """Milliseconds since the first intended start, and how many there were."""
    before: int | None = None
    """Open before the first visitor of the round came; they are in the peak where they stayed."""


class Telemetry(Struct, frozen=True):
    """How many events the workers recorded, and how many are known to be missing (None: cannot be known)."""

    events: int
    lost: int | None
    unjoined: int | None = None
    """Answered requests that no worker has a record of; None where it was not counted (in runs of older versions)."""
    joined: bool = True
    """False where the workers' records are not those of the visitors: then nothing is told of the workers."""
    shows_calls: bool = True
    """Whether the kernel shows in which system call a thread is; without it blocked and stalled are one."""
    late_ms: float | None = None
    """By how much the beats of the loops' hearts came late, together; None where there is no loop."""
    late_untold_ms: float | None = None
    """Of that, what no slice of the worker tells of: neither its loop nor a thread was at work, as far as is known."""
    reads_lines: bool = True
    """Whether source lines were looked at; without that there is no blame."""


class LeftProcess(Struct, frozen=True):
    """Processes that views had started, which were still running at the end of the run and were ended."""

    command: str
    """The program's name, as the kernel keeps it (15 bytes at most)."""
    count: int


class TargetResult(Identity, frozen=True):
    """All figures of one target's median round."""

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
    states_ms: dict[str, float | None] | None
    """`blocked` and `stalled` are None where they cannot be told apart; then `blocked_or_stalled` is there."""
    in_flight: InFlight | None
    workers_seen: list[WorkerSeen]
    workers_lost: int
    hops_per_request: float | None
    blame: list[BlockingLine]
    classes: list[VisitorClass]
    left: LeftVisitors | None
    connections: DatabaseConnections | None
    law: LawResult | None
    checks: list[CheckResult]
    driver: DriverFigures
    telemetry: Telemetry | None
    machine: MachineShare | None = None
    left_processes: list[LeftProcess] | None = None
    """What its views had started and left running over the whole run. None where nobody could tell, as after a kill."""
    crash: str | None = None
    """The signal by which a worker crashed: `SIGSEGV`, `SIGBUS` or `SIGABRT`."""
    view: str = ""
    """That visitors without a view of their own asked for; "" in runs that were saved before it was told."""
    not_served: list[Unserved] = field(default_factory=list)
    """Who came and got no page, by what they met; those who left on purpose are not among them."""
    receiving_since: str | None = None
    """From when `states_ms.receiving` counts: `accept`, or `first byte` sent, where the server shows no accepts."""
    files_limit: int | None = None
    """The limit of open files that the server says it ran into; None where it says nothing of the kind."""
    failures: list[FailureReason] | None = None
    """What its requests raised, the most frequent first; None where the workers were not looked into."""
    http_connections: HttpConnections | None = None
    """None where none were kept, and in runs that were saved before they were counted."""
    pieces: Pieces | None = None
    """None where nobody was answered, and in runs that were saved before they were told apart."""
    workers_ended: int = 0
    """How many ended because they were told to; they are not among the lost."""
    options: dict[str, bool | int | float] = field(default_factory=dict)
    """Options of the server product that were set."""


class EventResult(Struct, frozen=True):
    """Something that happened to a target's server because the scenario says so."""

    at_s: float
    """When it was to be, in seconds since the first visitor."""
    do: str
    target: str
    done_at_s: float | None
    """When it was; None: it was not."""
    worker: int | None = None
    """The number of the worker that it was done to; None: the server."""
    reason: str | None = None
    """Why it was not done."""


SCHEMA = "asgi-vs-wsgi-tui/run/1"


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
    events: list[EventResult] = field(default_factory=list)
    """Of each target's median round."""
