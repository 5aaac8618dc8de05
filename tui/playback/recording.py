"""What the lab has told about one run, as traces of our own: the same data, computed from by the same code."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.visits import Visits
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgi_vs_wsgi.scenarios.lab.protocol import RecordingStarted, TraceDelta, VisitRow


class Recording:
    """The traces of one round of all targets; `take` adds what is new to them."""

    def __init__(self, opened: RecordingStarted, traces: list[TargetTrace] | None = None) -> None:
        self.opened = opened
        self.traces = traces or _empty(opened)

    def apply_delta(self, feed: TraceDelta) -> set[int]:
        """Apply a feed; returns the visitors (rows) that it says something new about."""
        trace = self.traces[feed.target]
        for pid, (shows_calls, reads_lines, sees_awaits) in feed.kernels.items():
            worker = trace.add_worker(pid)
            worker.shows_calls, worker.reads_lines, worker.sees_awaits = shows_calls, reads_lines, sees_awaits
        touched = _visits(trace.visits, feed.visits)
        for row, begun_ns in feed.send_start_ns.items():
            trace.visits.send_start_ns[row] = begun_ns
        for row, (count, times_ns) in feed.pieces.items():
            trace.visits.pieces.put(row, count, array("q", times_ns))
            touched.add(row)
        for event in feed.events:
            trace.add_event(event)
        for pid, records in feed.records.items():
            touched |= _records(trace, pid, records)
        for pid, words in feed.locations.items():
            trace.add_worker(pid).locations.update(words)
        for pid, raised in feed.raised.items():
            trace.add_worker(pid).raised.update(raised)
        for pid, lost in feed.lost.items():
            trace.add_worker(pid).lost = lost
        for pid, fate in feed.fates.items():
            trace.add_worker(pid).fate = fate
        for pid, died_ns in feed.died.items():
            trace.add_worker(pid).died_ns = died_ns
        if feed.service_ns:
            trace.service_ns, trace.service_cpu_ns = feed.service_ns, feed.service_cpu_ns
        return touched


def _empty(opened: RecordingStarted) -> list[TargetTrace]:
    kinds = opened.class_of or [b""] * len(opened.targets)
    return [
        TargetTrace(facts, Visits(planned, first_id), classes=opened.classes, class_of=array("H", of_each))
        for facts, planned, first_id, of_each in zip(
            opened.targets, opened.planned, opened.first_ids, kinds, strict=True
        )
    ]


def _records(trace: TargetTrace, pid: int, records: bytes) -> set[int]:
    trace.store(pid, records)
    first, count = trace.visits.first_id, len(trace.visits)
    return {request - first for request in trace.workers[pid].feed(records) if first <= request < first + count}


def _visits(visits: Visits, rows: Iterable[VisitRow]) -> set[int]:
    touched = set()
    for row, intended, connect, connected, sent, first_byte, done, status, size, outcome, error in rows:
        visits.intended_ns[row], visits.connect_start_ns[row], visits.connected_ns[row] = intended, connect, connected
        visits.sent_ns[row], visits.first_byte_ns[row], visits.done_ns[row] = sent, first_byte, done
        visits.status[row], visits.bytes_received[row] = status, size
        visits.outcome[row], visits.error[row] = outcome, error
        touched.add(row)
    return touched
