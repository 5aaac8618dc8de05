"""All figures of one target."""

from __future__ import annotations

from msgspec import field

from asgi_vs_wsgi.scenarios.results.findings import CheckResult, LawResult
from asgi_vs_wsgi.scenarios.results.identity import Identity
from asgi_vs_wsgi.scenarios.results.machine import DriverFigures, MachineShare
from asgi_vs_wsgi.scenarios.results.visitors import Latency, LeftVisitors, RequestCounts, Unserved, VisitorClass
from asgi_vs_wsgi.scenarios.results.workers import Blame, Connections, InFlight, LeftProcess, Telemetry, WorkerSeen


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
    blame: list[Blame]
    classes: list[VisitorClass]
    left: LeftVisitors | None
    connections: Connections | None
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
