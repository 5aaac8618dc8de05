"""What only the probe can tell of a target: one pass over all requests, everything added up on the way."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS, latency_of
from asgi_vs_wsgi.scenarios.analysis.workers import BlockedTime, BlockingLineSums, held_spans, in_flight, workers_seen
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results import BlockingLine, InFlight, Latency, Telemetry, WorkerSeen
from asgi_vs_wsgi.scenarios.trace.spans import Span, state_totals_ns
from asgi_vs_wsgi.scenarios.trace.states import State, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import RequestRecord


class Joining(NamedTuple):
    """How many visitors were answered, how many of them no worker has a record of, and whose records there are."""

    answered: int
    unjoined: int
    unknown: int
    """Requests that workers began under numbers which no visitor of the run has had so far."""

    @property
    def failed(self) -> bool:
        """Nobody who was answered has a record, or records of others stand for all who have none.

        A few without are something else: a server answers some requests itself, a killed worker takes records along.
        """
        return self.unjoined > 0 and (self.unjoined == self.answered or self.unjoined <= self.unknown)


def joining(trace: TargetTrace) -> Joining:
    """Of a trace that was decoded, from workers with a probe."""
    visits, workers = trace.visits, list(trace.workers.values())
    answered = [visits.first_id + row for row, outcome in enumerate(visits.outcome) if outcome == DONE]
    unjoined = sum(not any(request in worker.handlings for worker in workers) for request in answered)
    beyond = visits.first_id + len(visits)  # smaller numbers are of visitors who came earlier in the run
    unknown = sum(request >= beyond for worker in workers for request in worker.handlings) if unjoined else 0
    return Joining(len(answered), unjoined, unknown)


class StateSums:
    """Takes in the completed requests one by one."""

    def __init__(self) -> None:
        self._sums_ns = [0] * len(State)
        self._queued_ns: list[int] = []

    def add_request(self, spans: list[Span], handling: RequestRecord | None) -> None:
        """One completed request."""
        totals = state_totals_ns(spans, handling)
        self._sums_ns = [so_far + more for so_far, more in zip(self._sums_ns, totals, strict=True)]
        self._queued_ns.append(totals[State.QUEUED])

    def means_ms(self) -> dict[str, float | None] | None:
        """Milliseconds per completed request in each state; those that are known add up to the mean latency."""
        completed = len(self._queued_ns)
        if not completed:
            return None
        return states_told([sum_ns / completed / NS_PER_MS for sum_ns in self._sums_ns])

    def queue_ms(self) -> Latency | None:
        """How long the requests were sent and no worker had begun them."""
        return latency_of(self._queued_ns)


class Inside(Struct, frozen=True):
    """The figures from within the workers; as it stands, nothing was measured."""

    states_ms: dict[str, float | None] | None = None
    queue_ms: Latency | None = None
    accepted_ms: Latency | None = None
    in_flight: InFlight | None = None
    workers_seen: list[WorkerSeen] = []
    hops_per_request: float | None = None
    blame: list[BlockingLine] = []
    busiest: int | None = None
    telemetry: Telemetry | None = None


def telemetry(trace: TargetTrace, joined: Joining) -> Telemetry:
    """What the workers told, whether it is of these visitors, and what they could tell of."""
    logs = trace.workers.values()
    return Telemetry(
        events=sum(log.events for log in logs),
        lost=sum(log.lost for log in logs),
        unjoined=joined.unjoined,
        joined=not joined.failed,
        shows_calls=all(log.shows_calls for log in logs),
        reads_lines=all(log.reads_lines for log in logs),
    )


def look_inside(trace: TargetTrace, window: Interval) -> Inside:
    """The workers' half of a run whose requests ended within `window`; their telemetry alone where it does not join."""
    joined = joining(trace)
    told = telemetry(trace, joined)
    if joined.failed:
        return Inside(telemetry=told)
    states, blame, blocked = StateSums(), BlockingLineSums(), BlockedTime()
    completed = hops = 0
    accepted_ns: list[int] = []
    visits = trace.visits
    for row, outcome in enumerate(visits.outcome):
        handling = trace.handling(row)
        if handling is None and outcome != DONE:
            continue
        spans = trace.life(row, visits.done_ns[row] or window[1])
        if handling is not None:
            blame.add_request(spans, handling.worker)
            held = spans if outcome == DONE else held_spans(trace, row, handling, window[1])
            blocked.add_request(held, handling.worker)
        if outcome == DONE:
            states.add_request(spans, handling)
            completed += 1
            if handling:
                hops += handling.hops
                accepted_ns.append(in_hands_ns(handling, visits.sent_ns[row]))
    workers = workers_seen(trace, window, blocked)
    return Inside(
        states.means_ms(),
        states.queue_ms(),
        latency_of(accepted_ns) if trace.facts.shows_accept else None,
        in_flight(trace, window),
        workers,
        hops / completed if completed else None,
        blame.lines(),
        max((worker.requests for worker in workers), default=None),
        told,
    )


def in_hands_ns(handling: RequestRecord, sent_ns: int) -> int:
    """Of a request's time in line, how long it was in one worker's hands; while it is still sent it is not in line."""
    return max(0, handling.begin_ns - max(handling.accepted_ns, sent_ns)) if handling.accepted_ns else 0
