"""The document that `run --json` prints, from one target's identity to the whole; its keys are a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, Struct, UnsetType, field

from asgi_vs_wsgi.scenarios.results.assertion import AssertResult
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts, Vitals
from asgi_vs_wsgi.scenarios.results.project_answer import ProjectAnswer
from asgi_vs_wsgi.scenarios.results.simulation import (
    CalibrationResult,
    Configuration,
    Confirmation,
    Sizing,
    TargetSimulation,
)
from asgi_vs_wsgi.scenarios.results.target_parts import (
    AwaitedLine,
    BlockingLine,
    ChildProcesses,
    DatabaseConnections,
    FailureReason,
    HttpConnections,
    InFlight,
    Latency,
    LeftProcess,
    LeftVisitors,
    OwnThreads,
    Pieces,
    RequestCounts,
    TargetEnvironment,
    Telemetry,
    Unserved,
    VisitorClass,
    WorkerSeen,
)

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
    bound: float | None = None
    """What is expected came to in this run, in the quantity's unit; None in runs that were saved before it was told."""


class VerdictResult(Struct, frozen=True):
    """Who was better, by how much, on what; `winner` is None where there is no real difference or no verdict."""

    winner: str | None
    ratio: float | None
    on: str
    words: str
    compared: list[str] = []
    """The targets that it is about, where it is not about all."""


class CauseFact(Struct, frozen=True):
    """A measured figure that a cause rests on."""

    target: str
    figure: str
    """A path into the target's result, as in checks; `blame` and `awaiting_for`: the time at one line, in ms."""
    value: float
    where: str = ""


class CauseResult(Struct, frozen=True):
    """Why the targets differ, or do not, as far as it was measured."""

    words: str
    kind: str
    """`difference`; `no difference` to explain; `one round`, which cannot tell whether there is one; `one target`;
    `busy machine`: others may be all the difference; `none`: the run cannot tell; the words say why."""
    facts: list[CauseFact] = []
    targets: list[str] = []
    """That it is about: the worst and the best by the verdict's figure."""


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
    simulated: bool | UnsetType = UNSET


class LadderPoint(Struct, frozen=True):
    """One target with one number of visitors."""

    target: str
    visitors: int
    p50_ms: float | None
    p95_ms: float | None
    throughput_rps: float | None
    without_page: int = 0
    """How many of these visitors had none: the times are not theirs, or count answers that are no page."""


CORE_TAKEN = 0.90
"""Of one core: the driver has one thread."""


class DriverFigures(Struct, frozen=True):
    """How well the load driver kept its plan."""

    lag_p99_ms: float | None
    cpu_share: float | None
    limited: bool

    @property
    def took_its_core(self) -> bool:
        """Whether it had no CPU left: then what was late was late by its own doing."""
        return self.cpu_share is not None and self.cpu_share > CORE_TAKEN


BUSY = 0.15
"""Of all processors' time."""


class MachineShare(Struct, frozen=True):
    """Of all processors' time during the round: what programs that are not ours used, and what the host took."""

    others_share: float
    stolen_share: float
    lab_cpu_ms: float | None = None
    """Of the process that sends the visitors, and the screen. None in runs of before it was told; so is the next."""
    upstream_cpu_ms: float | None = None
    """Of the slow service behind the views; None too where there is none."""

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


def share_taken(machine: MachineShare | None) -> float:
    """What others took, as far as times may tell of it; 0 where that is too little to matter, or nobody looked."""
    return machine.taken if machine and machine.busy else 0.0


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
    own_threads: OwnThreads | None = None
    """None where the workers were not looked into, and in runs that were saved before; so are the next."""
    child_processes: ChildProcesses | None = None
    awaiting_for: list[AwaitedLine] | None = None
    """What suspended requests waited for, the longest first; None where nobody looked, and in runs of before."""
    environment: TargetEnvironment | None = None
    """Of its own interpreter, as its workers said; None in runs that were saved before they did."""
    websockets: int | None = None
    """How many were opened while visitors came; they are counted, not looked into. None where nobody counts them."""
    simulated: bool | UnsetType = UNSET
    """True where no server has run; of what was measured it does not stand there at all, as the next."""
    simulation: TargetSimulation | UnsetType = UNSET
    vitals: Vitals | None = None
    """What a real browser measured of its page, over all rounds; None where none did."""


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
    cause: CauseResult | None = None
    """None in runs that were saved before it was told."""
    project: dict[str, Any] | None = None
    """What the look at a project of the user's own has found; None where ours was served, as is the next."""
    answer: ProjectAnswer | None = None
    asserts: list[AssertResult] = []
    """What was claimed of it."""
    simulated: bool | UnsetType = UNSET
    """True where nothing of it was measured; no key of these stands in a document of a measured run."""
    calibration: CalibrationResult | UnsetType = UNSET
    """Of that target whose own run is reproduced worst; each target has its own."""
    sizing: Sizing | UnsetType = UNSET
    configurations: list[Configuration] | UnsetType = UNSET
    """Cheapest first, those that hold before those that do not."""
    confirmations: list[Confirmation] | UnsetType = UNSET
    """The best of them, run live: each figure says whether it was simulated."""
    browser: BrowserFacts | None = None
    """That measured `vitals`; None where none did."""
