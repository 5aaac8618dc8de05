"""What is new of one target's trace since the last time it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.lab.protocol import TraceDelta, VisitRow

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

MOST_RECORD_BYTES = 1 << 20
MOST_ROWS = 4000
"""In one feed: a backlog is handed over in several frames, so that no frame takes long to draw."""


class TraceCursor:
    """Cursors into one growing trace."""

    def __init__(self, index: int, trace: TargetTrace) -> None:
        self._index = index
        self._trace = trace
        self._read: dict[int, int] = {}
        self._locations: dict[int, int] = {}
        self._lost: dict[int, int] = {}
        self._died: set[int] = set()
        self._known: set[int] = set()
        self._begun = 0
        self._unsent: set[int] = set()
        self._finished = 0
        self._service_told = False

    def feed(self) -> TraceDelta | None:
        """The news, None when there is none."""
        trace = self._trace
        rows = self._new_rows()
        records = {pid: self._new_records(pid) for pid in trace.workers if self._has_new_records(pid)}
        locations = {pid: self._new_locations(pid) for pid in trace.workers if self._has_new_locations(pid)}
        lost = {pid: worker.lost for pid, worker in trace.workers.items() if worker.lost != self._lost.get(pid, 0)}
        died = {pid: w.died_ns for pid, w in trace.workers.items() if w.died_ns and pid not in self._died}
        kernels = {pid: (w.shows_calls, w.reads_lines) for pid, w in trace.workers.items() if pid not in self._known}
        self._known.update(kernels)
        self._lost.update(lost)
        self._died.update(died)
        service = trace.service_ns if not self._service_told else 0
        self._service_told = bool(trace.service_ns)
        if not (rows or records or locations or lost or died or service or kernels):
            return None
        service_ns, service_cpu_ns = trace.service_ns, trace.service_cpu_ns
        begun = {row[0]: begun_ns for row in rows if (begun_ns := trace.visits.send_start_ns[row[0]])}
        return TraceDelta(self._index, rows, records, locations, lost, died, service_ns, service_cpu_ns, kernels, begun)

    def _has_new_records(self, pid: int) -> bool:
        return pid not in self._read or self._read[pid] < len(self._trace.raw[pid])

    def _new_records(self, pid: int) -> bytes:
        start = self._read.get(pid, 0)
        records = bytes(memoryview(self._trace.raw[pid])[start : start + MOST_RECORD_BYTES])
        self._read[pid] = start + len(records)
        return records

    def _has_new_locations(self, pid: int) -> bool:
        return self._locations.get(pid, 0) < len(self._trace.workers[pid].locations)

    def _new_locations(self, pid: int) -> dict[int, str]:
        known = self._trace.workers[pid].locations
        new = {number: known[number] for number in list(known)[self._locations.get(pid, 0) :]}
        self._locations[pid] = len(known)
        return new

    def _new_rows(self) -> list[VisitRow]:
        """Visits that have come to be sent, or to an end, since the last time."""
        visits = self._trace.visits
        begun = list(visits.started[self._begun : self._begun + MOST_ROWS])
        self._begun += len(begun)
        self._unsent.update(begun)
        sent = [row for row in self._unsent if visits.sent_ns[row] or visits.outcome[row]]
        self._unsent.difference_update(sent)
        finished = list(visits.finished[self._finished : self._finished + MOST_ROWS])
        self._finished += len(finished)
        return [self._row(row) for row in dict.fromkeys([*begun, *sent, *finished])]

    def _row(self, row: int) -> VisitRow:
        v = self._trace.visits
        return (
            row,
            v.intended_ns[row],
            v.connect_start_ns[row],
            v.connected_ns[row],
            v.sent_ns[row],
            v.first_byte_ns[row],
            v.done_ns[row],
            v.status[row],
            v.bytes_received[row],
            v.outcome[row],
            v.error[row],
        )
