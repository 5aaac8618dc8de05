"""A simulation as a trace: visits and the records that workers would have written, for the same rooms to draw.

    engine's interval         in a thread              on a loop
    RUNNING                   slice, running           a step
      on a shared core          and stalled, for the part that others had
    GIL                       slice, stalled           –
    BLOCKED, STATION          slice, blocked           a step, blocked      (aside: no step)
    STALLED, AWAITING         –                        between steps: whose loop was held meanwhile is stalled

What the server does before the application begins and after its answer is in no slice, as in a run that was measured.
"""

from __future__ import annotations

import heapq
from array import array
from operator import itemgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.visits import DONE, FAILED, STATUS, TIMEOUT, Visits
from asgi_vs_wsgi.scenarios.simulation.law_trace import FIRST_ID, START_NS
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Outcome
from asgi_vs_wsgi.scenarios.simulation.simulation_result import State as EngineState
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Crossing, Kind, Seen, pack_sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asgi_vs_wsgi.scenarios.simulation.replications import Coming
    from asgi_vs_wsgi.scenarios.simulation.request_scripts import ScriptTable
    from asgi_vs_wsgi.scenarios.simulation.simulation_result import Simulated

NO_LINE = (1 << 24) - 1
CLOCK = 1
"""Of a thread's CPU, where a slice begins: it is not read on, for each stretch says its own state."""
JOIN_NS = 1_000
"""Stretches of one request on its loop that are no further apart are one step."""

Stretch = tuple[int, int, Seen, bool, int]
"""From and to in ns, what a look would have seen, whether on a loop, and the script's step."""
Event = tuple[int, int, int, int, int, int]
"""As a record but for its number: time, value, request, lane, kind, flag."""

SEEN = {
    EngineState.RUNNING: Seen.RUNNING,
    EngineState.GIL: Seen.STALLED,
    EngineState.BLOCKED: Seen.BLOCKED,
    EngineState.STATION: Seen.BLOCKED,
}


def at_ns(seconds: float) -> int:
    """On the trace's clock; 0 for what did not happen."""
    return START_NS + round(seconds * 1e9) if seconds >= 0 else 0


def simulated_visits(found: Simulated, intended_s: Sequence[float]) -> Visits:
    """What each visitor saw; those who had not come when the simulation stopped have no row."""
    rows = len(found.outcome) - found.counts()[Outcome.ABSENT] - found.counts()[Outcome.IN_SYSTEM]
    visits = Visits(rows, FIRST_ID)
    visits.start_ns = START_NS
    for row, source in enumerate(whole_rows(found)):
        came_ns, done_ns = at_ns(found.arrival_s[source]), at_ns(found.done_s[source])
        visits.intended_ns[row] = visits.connect_start_ns[row] = at_ns(intended_s[source])
        visits.connected_ns[row] = visits.sent_ns[row] = came_ns + 1  # a moment later: it is a connection of its own
        outcome = Outcome(found.outcome[source])
        visits.done_ns[row] = max(done_ns, came_ns + 2)
        if outcome is Outcome.DONE:
            visits.outcome[row], visits.status[row] = DONE, 200
            visits.first_byte_ns[row] = min(max(at_ns(found.first_answer_s[source]), came_ns + 2), visits.done_ns[row])
        else:
            visits.outcome[row] = FAILED
            visits.error[row] = STATUS if outcome is Outcome.REFUSED else TIMEOUT
            visits.status[row] = 503 if outcome is Outcome.REFUSED else 0
    visits.started = array("I", range(rows))
    visits.finished = array("I", sorted(range(rows), key=visits.done_ns.__getitem__))
    return visits


def whole_rows(found: Simulated) -> list[int]:
    """The engine's rows of those who were through before the simulation stopped."""
    unfinished = (Outcome.ABSENT, Outcome.IN_SYSTEM)
    return [row for row, outcome in enumerate(found.outcome) if outcome not in unfinished]


def simulated_trace(facts: TargetFacts, found: Simulated, table: ScriptTable, come: Coming) -> TargetTrace:
    """Of all of it; without the engine's intervals, the visitors alone."""
    visits, rows = simulated_visits(found, come.intended_s or found.arrival_s), whole_rows(found)
    kinds = array("H", [come.class_of[row] for row in rows]) if len(come.classes) > 1 else array("H")
    trace = TargetTrace(facts, visits, classes=come.classes, class_of=kinds)
    if not found.intervals:
        return trace
    events: list[list[Event]] = [[] for _ in range(facts.workers)]
    stretches = _stretches(found, table)
    place = {row: number for number, row in enumerate(rows)}
    for row in rows:
        if found.begin_s[row] >= 0 and found.worker[row] >= 0:
            request = FIRST_ID + place[row]
            told = _of_loop if facts.slot == "none" else _of_thread
            last_step = table.start[found.script[row] + 1] - table.start[found.script[row]] - 2
            events[found.worker[row]] += told(request, found, row, stretches.get(row, []), last_step)
    for index, of_worker in enumerate(events):
        trace.add_worker(index + 1)
        in_order = sorted(_with_lanes(of_worker), key=itemgetter(0))
        records = b"".join(RECORD.pack(*event, number) for number, event in enumerate(in_order, 1))
        trace.feed(index + 1, records)
    return trace


def _stretches(found: Simulated, table: ScriptTable) -> dict[int, list[Stretch]]:
    """Row to its stretches in order, without those of the server's own steps before the application begins."""
    all_ = found.intervals
    computed: dict[tuple[int, int], float] = {}
    for row, step, state, begin_s, end_s in zip(all_.row, all_.step, all_.state, all_.begin_s, all_.end_s, strict=True):
        if state == EngineState.RUNNING:
            computed[row, step] = computed.get((row, step), 0.0) + end_s - begin_s
    of_rows: dict[int, list[Stretch]] = {}
    for at, row in enumerate(all_.row):
        state, step = EngineState(all_.state[at]), all_.step[at]
        if state not in SEEN or step < 0 or all_.begin_s[at] < found.begin_s[row] - 1e-12:
            continue
        from_ns, to_ns, looped = at_ns(all_.begin_s[at]), at_ns(all_.end_s[at]), bool(all_.on_loop[at])
        if state is EngineState.STATION and looped:
            continue
        of_row = of_rows.setdefault(row, [])
        if state is EngineState.RUNNING and not looped:
            whole_s = table.value[table.start[found.script[row]] + step]
            part = min(1.0, whole_s / computed[row, step]) if computed[row, step] else 1.0
            turn_ns = from_ns + round((to_ns - from_ns) * part)
            of_row.append((from_ns, turn_ns, Seen.RUNNING, looped, step))
            of_row.append((turn_ns, to_ns, Seen.STALLED, looped, step))
        else:
            of_row.append((from_ns, to_ns, SEEN[state], looped, step))
    return {row: sorted(each for each in of_row if each[1] > each[0]) for row, of_row in of_rows.items()}


AFTER_A_THREAD = 3
"""Steps of a script on a thread after the application: the answer leaves, `done`, the server's rest."""


def _of_thread(request: int, found: Simulated, row: int, stretches: list[Stretch], last_step: int) -> Iterable[Event]:
    """A slice from the application's begin to its end, and a look at the end of each stretch."""
    inside = [each for each in stretches if each[4] <= last_step - AFTER_A_THREAD]
    lane, begin_ns = found.slot[row] + 1, at_ns(found.begin_s[row])
    end_ns = max([begin_ns + 1, *(to_ns for _, to_ns, *_ in inside)])
    yield begin_ns, CLOCK, request, lane, Kind.BEGIN, 0
    for _, to_ns, seen, _, _ in inside:
        yield to_ns, pack_sample(0, NO_LINE), request, lane, Kind.SAMPLE, seen
    yield end_ns, 200, request, lane, Kind.RESPONSE_START, 0
    yield end_ns, CLOCK, request, lane, Kind.END, 0


THREADS_LANE = 0xFFFF
"""In place of a lane that is chosen once all of a worker's threads are known."""


def _of_loop(request: int, found: Simulated, row: int, stretches: list[Stretch], last_step: int) -> Iterable[Event]:
    """Steps of its loop, and calls in threads of its own, with a look at each stretch that does not compute."""
    begin_ns = at_ns(found.begin_s[row])
    inside = [each for each in stretches if each[4] < last_step]
    yield begin_ns, 0, request, 0, Kind.BEGIN, 0
    end_ns = begin_ns + 1
    for stays in _stays(inside):
        from_ns, to_ns, looped = stays[0][0], stays[-1][1], stays[0][3]
        end_ns = max(end_ns, to_ns)
        lane = 0 if looped else THREADS_LANE
        if looped:
            yield from_ns, to_ns, request, lane, Kind.STEP, 0
        else:
            yield from_ns, CLOCK, request, lane, Kind.THREAD_START, Crossing.LOOP
        looked = stays if not looped or any(seen is not Seen.RUNNING for _, _, seen, *_ in stays) else []
        for _, until_ns, seen, *_ in looked:
            yield until_ns, pack_sample(0, NO_LINE), request, lane, Kind.SAMPLE, seen
        if not looped:
            yield to_ns, CLOCK, request, lane, Kind.THREAD_END, 0
    if found.outcome[row] == Outcome.DONE:
        yield min(max(begin_ns, at_ns(found.done_s[row])), end_ns), 200, request, 0, Kind.RESPONSE_START, 0
    yield end_ns, 0, request, 0, Kind.END, 0


def _stays(stretches: list[Stretch]) -> list[list[Stretch]]:
    """Neighbours on one loop, or in one thread, together."""
    stays: list[list[Stretch]] = []
    for each in stretches:
        if stays and stays[-1][-1][3] == each[3] and each[0] - stays[-1][-1][1] <= JOIN_NS:
            stays[-1].append(each)
        else:
            stays.append([each])
    return stays


AT_ONE_TIME: dict[int, int] = {Kind.SAMPLE: 0, Kind.THREAD_END: 1, Kind.THREAD_START: 3}
"""A look at a call comes before its end, and a thread that is left before the next takes it."""


def _with_lanes(events: list[Event]) -> list[Event]:
    """The calls in threads on lanes of their own: each takes the lowest that is free, from 1 on."""
    given: list[Event] = []
    free: list[int] = []
    taken: dict[int, int] = {}
    used = 0
    for event in sorted(events, key=lambda each: (each[0], AT_ONE_TIME.get(each[4], 2))):
        time_ns, value, request, lane, kind, flag = event
        if lane == THREADS_LANE:
            if kind == Kind.THREAD_START:
                used += not free
                taken[request] = heapq.heappop(free) if free else used
            lane = taken[request]
            if kind == Kind.THREAD_END:
                heapq.heappush(free, taken.pop(request))
        given.append((time_ns, value, request, lane, kind, flag))
    return given
