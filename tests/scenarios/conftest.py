"""What tests of these folders share: a recording made by hand, as a driver and workers leave it; a PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from postgres_server import program, running_postgres

from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Awaited, Ending, Kind, Seen, pack_sample

sys.path.insert(0, str(Path(__file__).parent))  # what tests share are plain modules beside them

START_NS = 1_000_000_000_000
CPU_START_NS = 5_000_000_000


@dataclass
class Recording:
    """Times are milliseconds from the start of the run; requests are numbered by their row, from 0."""

    requests: int = 1
    interface: str = "asgi"
    workers: int = 1
    threads: int = 1
    service_ms: float = 0.0
    cpu_ms: float = 0.0
    first_id: int = 101
    records: dict[int, list[tuple[int, int, int, int, int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.visits = Visits(self.requests, self.first_id)

    @staticmethod
    def at(ms: float) -> int:
        """A time of the run on the monotonic clock."""
        return START_NS + round(ms * 1_000_000)

    def visit(
        self,
        row: int,
        done: float | None = None,
        *,
        intended: float = 0.0,
        connect: float | None = None,
        sent: float | None = None,
        outcome: int = DONE,
        status: int = 200,
        error: int = 0,
    ) -> None:
        """The client's half; what is not said happened at the intended start."""
        v = self.visits
        v.intended_ns[row] = self.at(intended)
        v.connect_start_ns[row] = v.connected_ns[row] = self.at(intended if connect is None else connect)
        v.sent_ns[row] = self.at(intended if sent is None else sent)
        v.outcome[row], v.status[row], v.error[row] = outcome, status, error
        if done is not None:
            v.first_byte_ns[row] = v.done_ns[row] = self.at(done)

    def event(
        self, pid: int, kind: Kind, ms: float, row: int = -1, *, value: int = 0, lane: int = 0, flag: int = 0
    ) -> None:
        """One record of a worker, in the order in which it wrote them."""
        request = 0 if row < 0 else self.first_id + row
        self.records.setdefault(pid, []).append((self.at(ms), value, request, lane, kind, flag))

    def wsgi(self, pid: int, row: int, begin: float, end: float, *, cpu: float = 0.0, lane: int = 1) -> None:
        """A request that one thread serves from begin to end, `cpu` milliseconds of it on the CPU."""
        self.event(pid, Kind.BEGIN, begin, row, value=CPU_START_NS, lane=lane)
        self.event(pid, Kind.RESPONSE_START, end, row, value=200, lane=lane)
        cpu_end = CPU_START_NS + round(cpu * 1_000_000)
        self.event(pid, Kind.END, end, row, value=cpu_end, lane=lane, flag=Ending.RETURNED)

    def begin(self, pid: int, row: int, ms: float) -> None:
        """An ASGI application is entered."""
        self.event(pid, Kind.BEGIN, ms, row)

    def step(self, pid: int, row: int, start: float, end: float) -> None:
        """A coroutine of the request runs on the loop."""
        self.event(pid, Kind.STEP, start, row, value=self.at(end))

    def end(self, pid: int, row: int, ms: float) -> None:
        """An ASGI application returns."""
        self.event(pid, Kind.END, ms, row)

    def look(self, pid: int, row: int, ms: float, seen: Seen, *, cpu: float = 0.0, lane: int = 0, at: int = 0) -> None:
        """The sampler looks at the thread that serves the request."""
        value = pack_sample(CPU_START_NS + round(cpu * 1_000_000), at)
        self.event(pid, Kind.SAMPLE, ms, row, value=value, lane=lane, flag=seen)

    def await_look(self, pid: int, row: int, ms: float, awaited: Awaited, *, at: int = 0) -> None:
        """The loop looks at what the suspended request waits for."""
        self.event(pid, Kind.AWAITS, ms, row, value=at, flag=awaited)

    def packed(self, pid: int, *, without: int | None = None) -> bytes:
        """The worker's records as it would have written them, one of them left out if asked."""
        kept = [record for number, record in enumerate(self.records[pid]) if number != without]
        return b"".join(RECORD.pack(*record, seq) for seq, record in enumerate(kept, 1))

    def trace(self) -> TargetTrace:
        """All of it, read."""
        facts = TargetFacts("one", "uvicorn", "uvicorn", self.interface, "1.0", self.workers, self.threads, "page")
        trace = TargetTrace(facts, self.visits)
        trace.service_ns, trace.service_cpu_ns = round(self.service_ms * 1e6), round(self.cpu_ms * 1e6)
        for pid in self.records:
            trace.feed(pid, self.packed(pid))
        return trace


@pytest.fixture(scope="session")
def recording() -> type[Recording]:
    """The class, so that property tests can make many."""
    return Recording


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL in which nothing was made yet."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with running_postgres(initdb, pg_ctl) as url:
        yield url
