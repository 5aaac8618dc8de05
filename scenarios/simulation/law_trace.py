"""A trace as a law predicts it, for the same lanes to be drawn of it as of a recorded one.

The seam for a simulator: whatever makes a TargetTrace from Premises can stand here.

one-per-worker, one-per-thread   visitors one after another on each worker or thread, the others in line
all-at-once                      all awaiting together; only their CPU parts take turns
loop-held, cpu-shared            one after another on each worker; on an event loop the others are stalled; without a
                                 GIL as many at a time as can compute
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.laws import parallel_in_worker
from asgi_vs_wsgi.scenarios.load.visits import DONE, Visits
from asgi_vs_wsgi.scenarios.trace.slices import Occupancy, RequestRecord, Sample, Slice
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import CPU_UNKNOWN, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asgi_vs_wsgi.scenarios.analysis.laws import Premises
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


START_NS = 1_000_000_000
"""When the first visitor comes, on a clock of its own."""


FIRST_ID = 1
MOST_LANES = 2000
"""Visitors; the lanes of more would be a grey wall, and take their time."""


class ServiceInterval(NamedTuple):
    """One visitor in a worker: begun, holding its thread or loop from when to when, answered."""

    lane: int
    begin_ns: int
    hold_ns: int
    free_ns: int
    end_ns: int
    computes: bool


def predicted_trace(
    law: str, premises: Premises, facts: TargetFacts, time_s: float, *, in_threads: bool = False
) -> TargetTrace:
    """What the law says of a burst; `time_s` is the makespan that it predicts.

    `in_threads`: visitors of an event loop that wait in a thread each, as those of a sync view do.
    """
    facts = replace(facts, workers=premises.workers, threads=premises.threads)
    trace = TargetTrace(facts, _visits(premises.requests))
    looped = (facts.interface == "asgi" or facts.slot == "none") and not in_threads
    turns = [
        (turn, trace.add_worker(index + 1))
        for index, share in enumerate(shares(premises))
        for turn in TURNS[law](premises, share, round(time_s * 1e9))
    ]
    turns.sort(key=lambda pair: (pair[0].begin_ns, pair[0].hold_ns))
    for row, (turn, worker) in enumerate(turns[: premises.requests]):
        _add(worker, trace.visits, row, _waiting(turn, row) if in_threads else turn, looped=looped)
    return trace


def _waiting(turn: ServiceInterval, row: int) -> ServiceInterval:
    """The same in a thread of its own, which it holds to its end."""
    return turn._replace(lane=row + 1, hold_ns=turn.begin_ns, free_ns=turn.end_ns, computes=False)


def shares(premises: Premises) -> list[int]:
    """How many visitors each worker gets: the busiest as many as is known, the others the rest, evenly."""
    busiest = premises.busiest or -(-premises.requests // premises.workers)
    others = premises.workers - 1
    rest = max(0, premises.requests - busiest)
    return [busiest, *(rest // others + (index < rest % others) for index in range(others))] if others else [busiest]


def _visits(count: int) -> Visits:
    visits = Visits(count, FIRST_ID)
    for row in range(count):
        visits.intended_ns[row] = visits.connect_start_ns[row] = visits.connected_ns[row] = START_NS
        visits.sent_ns[row] = START_NS
    return visits


def _add(worker: WorkerTrace, visits: Visits, row: int, turn: ServiceInterval, *, looped: bool) -> None:
    request = FIRST_ID + row
    lane = 0 if looped else turn.lane
    handling = RequestRecord(request, worker, START_NS + turn.begin_ns, lane, end_ns=START_NS + turn.end_ns)
    held = Slice(request, lane, looped, START_NS + turn.hold_ns, START_NS + turn.free_ns)
    if not turn.computes:
        held.samples.append(Sample((held.start_ns + held.end_ns) // 2, Seen.BLOCKED, CPU_UNKNOWN, -1))
    handling.slices.append(held)
    worker.handlings[request] = handling
    worker.events += 1  # as if the worker had told of it: else nobody would be known to stand in line
    if looped:
        loop = worker.loops.setdefault(lane, Occupancy())
        loop.open(request, held.start_ns)
        loop.close(held.end_ns)
    visits.first_byte_ns[row] = visits.done_ns[row] = handling.end_ns
    visits.outcome[row], visits.status[row] = DONE, 200


# ---- the laws, worker by worker


def _in_turn(premises: Premises, share: int, threads: int) -> Iterator[ServiceInterval]:
    service_ns = round(premises.service_s * 1e9)
    for place in range(share):
        begin_ns = place // threads * service_ns
        yield ServiceInterval(
            place % threads + 1, begin_ns, begin_ns, begin_ns + service_ns, begin_ns + service_ns, False
        )


def _one_per_worker(premises: Premises, share: int, time_ns: int) -> Iterator[ServiceInterval]:
    return _in_turn(premises, share, 1)


def _one_per_thread(premises: Premises, share: int, time_ns: int) -> Iterator[ServiceInterval]:
    return _in_turn(premises, share, premises.threads)


def _all_at_once(premises: Premises, share: int, time_ns: int) -> Iterator[ServiceInterval]:
    """The last visitor of the fullest worker ends when the law says."""
    service_ns, step_ns = round(premises.service_s * 1e9), max(1, round(premises.cpu_s * 1e9))
    turn_ns = (time_ns - service_ns) / max(1, share)
    for place in range(share):
        begin_ns, over_ns = round(place * turn_ns), round((place + 1) * turn_ns)
        held_ns = max(1, min(step_ns, over_ns - begin_ns))
        yield ServiceInterval(1, 0, begin_ns, begin_ns + held_ns, over_ns + service_ns, True)


def _held(premises: Premises, share: int, time_ns: int) -> Iterator[ServiceInterval]:
    service_ns = round(premises.service_s * 1e9)
    for place in range(share):
        yield ServiceInterval(1, 0, place * service_ns, (place + 1) * service_ns, (place + 1) * service_ns, False)


def _cpu_shared(premises: Premises, share: int, time_ns: int) -> Iterator[ServiceInterval]:
    """Where cores are too few, each turn takes longer."""
    together = max(1, int(parallel_in_worker(premises)))
    turn_ns = time_ns // max(1, -(-(premises.busiest or share) // together))
    for place in range(share):
        begin_ns = place // together * turn_ns
        yield ServiceInterval(place % together + 1, begin_ns, begin_ns, begin_ns + turn_ns, begin_ns + turn_ns, True)


TURNS: dict[str, Callable[[Premises, int, int], Iterator[ServiceInterval]]] = {
    "one-per-worker": _one_per_worker,
    "one-per-thread": _one_per_thread,
    "all-at-once": _all_at_once,
    "loop-held": _held,
    "cpu-shared": _cpu_shared,
}
