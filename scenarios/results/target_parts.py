"""The parts of the document that the client alone can tell: what it sent and on which connections, who was served, and
what came when.

The parts of the document that workers and their servers tell: what went on in them, and what was left of them.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr

from asgi_vs_wsgi.scenarios.secret_values import without_secret_values


class RequestSent(Struct, frozen=True):
    """What a class of visitors asked for; in `paths`, which are taken in turn, `{n}` is the visitor's number.

    Whatever is called a secret in their queries is hidden, also in runs that were saved with it.
    """

    method: str
    paths: list[str]
    body_bytes: int

    def __post_init__(self) -> None:
        """No result, and no file of one, hands a secret on."""
        force_setattr(self, "paths", [without_secret_values(path) for path in self.paths])


class HttpConnections(Struct, frozen=True):
    """What became of the connections to a server, where visitors keep them for one another.

    Every request that was sent went out on one that was made for it, or reused one.
    """

    made: int
    reused: int
    """Requests on a connection that had carried another before."""
    closed_by_server: int
    """Before the client did: it said so with an answer, or just left."""
    refused: int
    retried: int
    """Requests sent again on a new connection: the kept one was closed before they were read."""
    answered: int
    """How many of those that were made carried any answer at all."""
    unheard: int
    """How many of those that were made were waited on in vain: their request timed out without a byte."""
    overtook: int
    """Requests on kept connections that were sent later than one of those and answered before it gave up."""


class Spread(Struct, frozen=True):
    """Of a set of times in milliseconds."""

    p50: float
    p95: float
    max: float


class PieceCount(Struct, frozen=True):
    """How many pieces an answer's body came in."""

    min: int
    p50: int
    max: int


class Pieces(Struct, frozen=True):
    """How the bodies of answers came in: a piece is what was there to read at once."""

    count: PieceCount
    gap_ms: Spread | None
    """From one piece to the next of the same answer; None where every body came at once."""


class _Simulated(Struct, frozen=True, kw_only=True):
    interval: list[float] | UnsetType = UNSET
    """Of p95, over the replications of a simulation; of what was measured there is none, as of the next."""
    intervals: dict[str, list[float]] | UnsetType = UNSET
    """The same of p50, p95 and p99."""


class Latency(_Simulated, frozen=True):
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


class PageFigures(Struct, frozen=True):
    """Of one page of those that each visitor of a class asks for."""

    name: str
    """Its own, or its place, counted from 1."""
    view: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None
    request: RequestSent | None = None


class VisitFigures(Struct, frozen=True):
    """Of visitors who ask for several pages: those who got all of them, and how long they waited in all."""

    visitors: int
    completed: int
    latency_ms: Latency | None
    """The latencies of a visitor's pages together, without the time in which it thought."""


class VisitorClass(Struct, frozen=True):
    """The figures of one class of visitors."""

    name: str
    requests: RequestCounts
    latency_ms: Latency | None
    ttfb_ms: Latency | None
    request: RequestSent | None = None
    """None in runs that were saved before it was told; of several pages, that of the first."""
    visits: VisitFigures | None = None
    """None where each visitor asks for one page."""
    pages: list[PageFigures] = []
    simulated: bool | UnsetType = UNSET


class LeftVisitors(Struct, frozen=True):
    """What became, at the server, of the visits whose visitors had left before their answer."""

    requests: int
    """How many left after the application had begun."""
    cancelled: int
    """How many of these were cancelled, so that no answer was made."""
    worked_on_ms: float | None
    """How long, on average, the application went on after its visitor had left."""


class TargetEnvironment(Struct, frozen=True):
    """What a target's workers run on, as the first of them said; None for what is not there, or was not told."""

    python: str | None = None
    implementation: str | None = None
    gil: bool | None = None
    django: str | None = None
    asgiref: str | None = None
    server: str | None = None
    """The version of the server product."""
    probe: str | None = None
    """`compiled` or `python`; None where nothing was recorded."""


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
    own_thread: bool = False
    """No request was there, but a thread that a view's own code had started."""
    library: str | None = None
    """The line of a library that waited for it there longest: `sqlite3/base.py:359 execute`; None where none did."""
    beside_loop: bool = False
    """In a thread of a worker that has an event loop, which went on meanwhile: this line did not hold it."""
    own_code: bool | None = None
    """Of the user's own code, and not of a library that no line of theirs is known to have called; None: not told."""


class OwnThreads(Struct, frozen=True):
    """Threads that views have started themselves, while they computed: no time of theirs is a request's."""

    count: int
    """The most at once."""
    cpu_ms: float
    lines: list[BlockingLine] = []
    """At which lines they computed, or were blocked in the user's own code; they are in the target's blame too."""


class ChildProcesses(Struct, frozen=True):
    """Processes that views have started, as the lab saw them ten times a second, and those that these have started."""

    count: int
    """The most at once."""
    cpu_ms: float
    """Of those that had ended, to 10 ms, and where somebody had waited for their end."""
    rss_peak_mb: float | None
    """Of all at once; None where none was seen."""


class AwaitedLine(Struct, frozen=True):
    """What suspended requests waited for at a source line, and how long, over the whole run."""

    what: str
    """`a semaphore`, `a socket`, `a timer`: one of the words of Awaited."""
    where: str
    ms: float
    library: str | None = None
    """As of a BlockingLine."""


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
    cpu_ms: float | None = None
    """What its process used over the round, by the kernel's clock, without our threads that look; None where it was not
    there all along, or nothing was recorded. It is what the next two add up to."""
    running_ms: float | None = None
    """Of it, what is told as running: of requests, of its loops' own work, of threads that its views have started. It
    is more than `cpu_ms` where other programs had set short steps of a loop aside, which nobody saw."""
    server_own_ms: float | None = None
    """The rest: the server's own, which accepts, parses, writes, and runs its loop between the steps. At least that,
    where others used the machine; None where more is told as running than there was: then nobody knows."""
    ready_ms: float | None = None
    """For how long its threads were ready for a processor that others had: other programs, and the load driver and the
    slow service too. None as `cpu_ms`, and in runs that were saved before it was told."""


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
