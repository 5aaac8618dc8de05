"""What a worker went through, as intervals: what held its slots and its loop, and what blocked it; and its peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, clipped, handlings_of
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.trace.state_spans import FOREVER, Span, life
from asgi_vs_wsgi.scenarios.trace.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import RequestRecord, WorkerTrace
    from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital


def handled(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> list[Interval]:
    """From the application's entry to its end, or its process's, for each request of the worker, within the run."""
    last_ns = worker.died_ns or window[1]
    return clipped(((h.begin_ns, h.end_ns or last_ns) for h in handlings_of(trace, worker)), window)


HELD = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED)


BLOCKED = (State.BLOCKED, State.BLOCKED_OR_STALLED)


def blocked_spans(spans: list[Span]) -> list[Span]:
    """Those in which a request was blocked, or may have been."""
    return [span for span in spans if span.state in BLOCKED]


def held_spans(trace: TargetTrace, row: int, handling: RequestRecord, until_ns: int) -> list[Span]:
    """A request's spans for as long as its worker had it: one whose visitor has left holds it all the same."""
    visit = trace.visit(row)
    served = trace.visits.outcome[row] == DONE
    return life(
        visit if served else visit._replace(done_ns=0), handling, until_ns, shows_accept=trace.facts.shows_accept
    )


def slots_held(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> list[Interval]:
    """WSGI: a request holds its process or thread throughout. ASGI: while it is on the loop or in a thread.

    A worker that serves one at a time is held from its accept on: it reads what its client sends, and takes no other.
    """
    if trace.facts.interface == "wsgi":
        reading = [(each.accepted_ns, each.begin_ns) for each in handlings_of(trace, worker) if each.accepted_ns]
        held = handled(trace, worker, window)
        return held + clipped(reading, window) if trace.facts.slot == "worker" else held
    slices = [slice_ for handling in handlings_of(trace, worker) for slice_ in handling.slices]
    last_ns = worker.died_ns or window[1]
    return clipped(((slice_.start_ns, slice_.end_ns or last_ns) for slice_ in slices), window)


def loop_held(worker: WorkerTrace, window: Interval) -> Iterator[Interval]:
    """When an event loop served nobody else: every step, and every heartbeat that came late."""
    for loop in worker.loops.values():
        yield from clipped(zip(loop.starts_ns, loop.ends_ns, strict=True), window)
        if loop.open_since_ns:
            yield from clipped([(loop.open_since_ns, worker.died_ns or window[1])], window)
    yield from clipped(((at_ns - late_ns, at_ns) for at_ns, late_ns in worker.late_beats), window)


def vital_peak(worker: WorkerTrace, vital: Vital, window: Interval) -> int | None:
    """The largest reading of the run, the one that the lab takes right after it included."""
    return max((value for at_ns, value in worker.vitals[vital] if at_ns >= window[0]), default=None)


def workers_lost(trace: TargetTrace, until_ns: int = FOREVER) -> int:
    """How many were seen to go by then."""
    return sum(0 < worker.died_ns <= until_ns for worker in trace.workers.values())
