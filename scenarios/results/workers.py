"""What was seen of the workers."""

from __future__ import annotations

from msgspec import Struct


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
    """A source line and how long requests were in `state` there, over the whole run.

    `state`: `running`, `blocked`, or `blocked_or_stalled` where these cannot be told apart.
    """

    where: str
    state: str
    ms: float


class Connections(Struct, frozen=True):
    """Connections to the database that all workers together held open, by the database's own account."""

    database: str
    """`sqlite` or `postgresql`."""
    peak: int
    at_end: int
    """Right after the last visitor had an answer."""
    over_time: list[tuple[float, int]]
    """Milliseconds since the first intended start, and how many there were."""


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
    reads_lines: bool = True
    """Whether source lines were looked at; without that there is no blame."""


class LeftProcess(Struct, frozen=True):
    """Processes that views had started, which were still running at the end of the run and were ended."""

    command: str
    """The program's name, as the kernel keeps it (15 bytes at most)."""
    count: int
