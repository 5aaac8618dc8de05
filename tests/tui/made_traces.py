"""Recordings made by hand, through the same records that a worker writes: a burst on threads and on loops.

Every visitor of a burst comes at START. A WSGI worker serves one after another, each blocked for `wait_ns`; a loop
resumes each for `step_ns` when it comes and again when its wait is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind, Seen, pack_sample

MS = 1_000_000
START = 1_000_000 * MS
FIRST_ID = 101


@dataclass
class Scribe:
    """Writes the records of one worker."""

    records: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)

    def write(self, t_ns: int, kind: Kind, request: int, *, value: int = 0, lane: int = 0, flag: int = 0) -> None:
        self.records.append((t_ns, value, request, lane, kind, flag))

    def step(self, request: int, from_ns: int, to_ns: int, *, seen: Seen | None = None) -> None:
        """One step on the main loop."""
        self.write(from_ns, Kind.STEP_START, request)
        if seen is not None:
            middle = (from_ns + to_ns) // 2
            self.write(middle, Kind.SAMPLE, request, value=pack_sample(0, 1), flag=seen)
        self.write(to_ns, Kind.STEP_END, request)

    def thread(self, request: int, from_ns: int, to_ns: int, *, cpu_ns: int, lane: int = 1) -> None:
        """A WSGI request from its begin to its end on one thread."""
        self.write(from_ns, Kind.BEGIN, request, value=1000, lane=lane)
        self.write(to_ns, Kind.END, request, value=1000 + cpu_ns, lane=lane)

    def packed(self) -> bytes:
        ordered = sorted(self.records, key=lambda record: record[0])
        return b"".join(RECORD.pack(*record, seq) for seq, record in enumerate(ordered, 1))


def facts(interface: str, **changes: object) -> TargetFacts:
    wsgi = interface == "wsgi"
    known: dict[str, Any] = {
        "name": "gunicorn-sync" if wsgi else "uvicorn",
        "server": "gunicorn-sync" if wsgi else "uvicorn",
        "label": "gunicorn sync · 2 workers" if wsgi else "uvicorn · 2 workers",
        "interface": interface,
        "version": "1.0",
        "workers": 2,
        "threads": 1,
        "view": "page",
        "slot": "worker" if wsgi else "none",
    }
    return TargetFacts(**{**known, **changes})


def burst_visits(count: int, start_ns: int = START, first_id: int = FIRST_ID) -> Visits:
    """All come at once and have not been answered."""
    visits = Visits(count, first_id)
    for row in range(count):
        visits.intended_ns[row] = start_ns
        visits.connect_start_ns[row] = start_ns + 10_000
        visits.connected_ns[row] = start_ns + 60_000
        visits.sent_ns[row] = start_ns + 100_000
    return visits


def finish(visits: Visits, row: int, done_ns: int, outcome: int = DONE) -> None:
    visits.first_byte_ns[row] = done_ns - 10_000
    visits.done_ns[row] = done_ns
    visits.status[row] = 200
    visits.outcome[row] = outcome


def on_threads(count: int = 32, *, workers: int = 2, wait_ns: int = 200 * MS, cpu_ns: int = 2 * MS) -> TargetTrace:
    """A burst on sync workers: a staircase."""
    trace = TargetTrace(facts("wsgi", workers=workers), burst_visits(count))
    scribes = [Scribe() for _ in range(workers)]
    for row in range(count):
        begin = START + MS + (row // workers) * (wait_ns + cpu_ns)
        end = begin + wait_ns + cpu_ns
        scribes[row % workers].thread(FIRST_ID + row, begin, end, cpu_ns=cpu_ns)
        finish(trace.visits, row, end + MS // 5)
    for pid, scribe in enumerate(scribes, 41):
        trace.feed(pid, scribe.packed())
    return trace


def on_loops(count: int = 32, *, workers: int = 2, wait_ns: int = 200 * MS, step_ns: int = MS) -> TargetTrace:
    """A burst on event loops: a stack."""
    trace = TargetTrace(facts("asgi", workers=workers), burst_visits(count))
    scribes = [Scribe() for _ in range(workers)]
    free = [START + MS] * workers
    resumes: list[tuple[int, int]] = []
    for row in range(count):
        worker = row % workers
        begin = free[worker]
        scribes[worker].write(begin, Kind.BEGIN, FIRST_ID + row)
        scribes[worker].step(FIRST_ID + row, begin + 1000, begin + step_ns)
        free[worker] = begin + step_ns + 1000
        resumes.append((begin + step_ns + wait_ns, row))
    for due, row in resumes:
        worker = row % workers
        begin = max(due, free[worker])
        scribes[worker].step(FIRST_ID + row, begin, begin + step_ns)
        scribes[worker].write(begin + step_ns + 1000, Kind.END, FIRST_ID + row)
        free[worker] = begin + step_ns + 2000
        finish(trace.visits, row, begin + step_ns + MS // 5)
    for pid, scribe in enumerate(scribes, 51):
        trace.feed(pid, scribe.packed())
    return trace


def on_held_loop(count: int = 8, *, hold_ns: int = 100 * MS, tidied_at_once: bool = True) -> TargetTrace:
    """A burst on one loop whose view blocks it: each visitor is taken in, then each holds the loop in turn.

    Not `tidied_at_once`, the worker is done with a request only when its loop is free again, as with Django.
    """
    trace = TargetTrace(facts("asgi", workers=1, label="uvicorn · 1 worker"), burst_visits(count))
    scribe = Scribe()
    at = START + MS
    for row in range(count):
        scribe.write(at, Kind.BEGIN, FIRST_ID + row)
        scribe.step(FIRST_ID + row, at + 1000, at + 500_000)
        at += 502_000
    for row in range(count):
        scribe.step(FIRST_ID + row, at, at + hold_ns, seen=Seen.BLOCKED)
        if tidied_at_once:
            scribe.write(at + hold_ns + 1000, Kind.END, FIRST_ID + row)
        finish(trace.visits, row, at + hold_ns + MS // 5)
        at += hold_ns + 2000
    for row in range(count if not tidied_at_once else 0):
        scribe.write(at + (row + 1) * MS, Kind.END, FIRST_ID + row)
    trace.feed(61, scribe.packed())
    return trace
