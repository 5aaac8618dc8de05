"""What a target's requests and workers did, as the tracks of a trace viewer.

    gunicorn sync · 2 workers
        in line, in flight              counters
        requests                        a line for each that is there at once: a visitor, and in it its states
        worker 1 (pid 4711)
            event loop, thread 1, …     who was on it, and what it did
            memory, threads, …          readings of the process

A flow leads from where a visitor reaches its worker to the first thing that it does there.
"""

from __future__ import annotations

from functools import partial
from heapq import heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from asgi_vs_wsgi.scenarios.exports.timeline import (
    NS_PER_S,
    Args,
    Count,
    Event,
    Instant,
    Request,
    Slice,
    StateSpan,
    Track,
)
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.request_spans import in_line
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.worker_trace import DIED
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.slices import Slice as Stay
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

_TRACKS_EACH = 1_000_000
READINGS = (
    (Vital.RSS_KB, "memory", "KB"),
    (Vital.THREADS, "threads", ""),
    (Vital.CONNECTIONS, "database connections", ""),
    (Vital.CHILDREN, "child processes", ""),
)
BROWSER = "the browser"
OWN_WORK, OWN_THREAD = "work for no request", "a thread of the view's own"
_Stayed = tuple[int, int, str, int, "Stay"]
"""From, to, name, the flow that ends there (0: none), and the stay itself."""


class RequestOf(Protocol):
    """Reads one row of a trace."""

    def __call__(self, row: int, *, spans: bool) -> Request:
        """With its spans, if asked so."""


def target_events(
    trace: TargetTrace,
    label: str,
    handlings: Mapping[int, RequestRecord] | None,
    request_of: RequestOf,
    place: int,
    flows_before: int,
    now_ns: int,
) -> Iterator[Event]:
    """Of the target in that place. `handlings`: what workers told of its requests, by id; None: nothing.

    `flows_before`: how many requests earlier targets had. What had not ended by `now_ns` is cut off there.
    """
    facts = trace.facts
    new = partial(next, iter(range(place * _TRACKS_EACH + 1, (place + 1) * _TRACKS_EACH)))
    root = Track(new(), 0, label, "group", about=f"{facts.name}: {facts.server} {facts.version}".strip())
    yield root
    yield from _counters(trace, handlings, root.id, new, now_ns)
    yield from _lanes(trace, request_of, root.id, new, flows_before, now_ns)
    for worker in trace.workers.values():
        if handlings is not None or worker.events:
            flows = flows_before if handlings is not None else None
            yield from worker_events(trace, worker, root.id, new, flows, now_ns)
    for event in trace.events:
        if event.done_ns:
            yield Instant(root.id, event.done_ns, event.do)


def _counters(
    trace: TargetTrace, handlings: Mapping[int, RequestRecord] | None, root: int, new: Callable[[], int], now_ns: int
) -> Iterator[Event]:
    v, first = trace.visits, trace.visits.first_id
    if handlings is None:
        open_ns = [(sent, done or now_ns) for sent, done in zip(v.sent_ns, v.done_ns, strict=True) if sent]
        yield from _counted(Track(new(), root, "waiting for an answer", "counter", unit="requests"), open_ns)
        return
    waiting: list[tuple[int, int]] = []
    for row, done_ns in enumerate(v.done_ns):
        handling = handlings.get(first + row)
        waiting += in_line(v, row, min(handling.begin_ns if handling else now_ns, done_ns or now_ns))
    inside = [
        (each.begin_ns, max(each.begin_ns, each.end_ns or each.worker.died_ns or now_ns))
        for request, each in handlings.items()
        if first <= request < first + len(v)
    ]
    yield from _counted(Track(new(), root, "in line", "counter", unit="requests"), waiting)
    yield from _counted(Track(new(), root, "in flight", "counter", unit="requests"), inside)


def _counted(track: Track, intervals: Sequence[tuple[int, int]]) -> Iterator[Event]:
    """How many of the intervals there are at once; one value a moment."""
    yield track
    edges = sorted([(start, 1) for start, _ in intervals] + [(end, -1) for _, end in intervals])
    now = 0
    for place, (at_ns, change) in enumerate(edges):
        now += change
        if place + 1 == len(edges) or edges[place + 1][0] != at_ns:
            yield Count(track.id, at_ns, now)


def _lanes(
    trace: TargetTrace, request_of: RequestOf, root: int, new: Callable[[], int], flows_before: int, now_ns: int
) -> Iterator[Event]:
    """A line for each that is there at the same time; it is used again when it is free."""
    v = trace.visits
    lanes: list[int] = []
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    for row in sorted((r for r in range(len(v)) if 0 < v.intended_ns[r] < now_ns), key=v.intended_ns.__getitem__):
        start_ns, end_ns = v.intended_ns[row], v.done_ns[row] or now_ns
        while busy and busy[0][0] <= start_ns:
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
        else:
            lane = len(lanes)
            track = Track(new(), root, "requests", "slices")
            lanes.append(track.id)
            yield track
        heappush(busy, (max(end_ns, start_ns + 1), lane))
        request = request_of(row, spans=True)
        yield _visit(lanes[lane], request, end_ns, flows_before + row + 1 if request.begin_ns else 0)


def _visit(track: int, request: Request, end_ns: int, flow: int) -> Slice:
    """The flow to its worker begins at the last thing that it did before."""
    spans = request.spans
    last = max((i for i, span in enumerate(spans) if span.start_ns < request.begin_ns), default=-1)
    children = [Slice(track, span.start_ns, span.end_ns, span.state, _told(span)) for span in spans]
    if flow and last >= 0:
        children[last] = children[last]._replace(flow_out=flow)
        flow = 0
    name = f"visitor {request.number}"
    return Slice(track, request.intended_ns, end_ns, name, _args(request), flow, 0, tuple(children))


def _told(span: StateSpan) -> Args | None:
    told: Args = {"at": span.at} if span.at else {}
    return told | ({"awaits": span.awaits} if span.awaits else {}) or None


def _args(request: Request) -> Args:
    args: Args = {"status": request.status, "outcome": request.outcome, "request": f"{request.method} {request.path}"}
    if request.error:
        args["error"] = request.error
    if request.raised:
        args["raised"] = request.raised
    if request.worker:
        args |= {"worker": request.worker, "pid": request.pid, "hops": request.hops}
    for state, time_ns in (request.states_ns or {}).items():
        if time_ns:
            args[f"{state}_ns"] = time_ns
    return args


def page_events(trace: TargetTrace, label: str, asked: Mapping[int, str]) -> Iterator[Event]:
    """Workers alone, while a real browser visited the target: `asked` is what its requests, by number, were for."""
    new = partial(next, iter(range(1, _TRACKS_EACH)))
    root = Track(new(), 0, label, "group")
    yield root
    told_ns = max((worker.told_ns for worker in trace.workers.values()), default=0)
    named = {number: f"{path} ({BROWSER})" for number, path in asked.items()}
    for worker in trace.workers.values():
        yield from worker_events(trace, worker, root.id, new, None, told_ns, named)


def worker_events(
    trace: TargetTrace,
    worker: WorkerTrace,
    root: int,
    new: Callable[[], int],
    flows_before: int | None,
    now_ns: int,
    named: Mapping[int, str] | None = None,
) -> Iterator[Event]:
    """Of one worker, below the track `root`; `new` draws numbers of tracks. No flows come to it where `flows_before`,
    how many requests earlier targets had, is None. `named`: requests that are no visitor's, by number."""
    process = Track(new(), root, f"worker {worker.index} (pid {worker.pid})", "process", pid=worker.pid)
    yield process
    lanes = _lasting(trace, worker, flows_before, worker.died_ns or now_ns, named or {})
    threads = 0
    for lane in sorted(lanes, key=lambda lane: (lane not in worker.loops, lane)):
        name = "event loop"
        if lane not in worker.loops:
            threads += 1
            name = f"thread {threads}"
        yield from _stays(worker, name, process.id, new, lanes[lane])
    since_ns = min(filter(None, trace.visits.intended_ns), default=0) - NS_PER_S
    yield from _readings(worker, process.id, new, since_ns)
    if worker.died_ns:
        ended = worker.fate.ended or DIED
        yield Instant(process.id, worker.died_ns, "worker died" if ended == DIED else f"worker was {ended}")


def _lasting(
    trace: TargetTrace, worker: WorkerTrace, flows_before: int | None, now_ns: int, named: Mapping[int, str]
) -> dict[int, list[_Stayed]]:
    first, count = trace.visits.first_id, len(trace.visits)
    since_ns = min(filter(None, trace.visits.intended_ns), default=0)
    lanes: dict[int, list[_Stayed]] = {}
    for request, handling in worker.handlings.items():
        row = request - first
        if 0 <= row < count or request in named:
            name = named.get(request) or f"visitor {row + 1}"
            flow = 0 if flows_before is None else flows_before + row + 1
            for stay in sorted(handling.slices, key=lambda each: each.start_ns):
                lanes.setdefault(stay.lane, []).append(
                    (stay.start_ns, stay.end_ns or max(now_ns, stay.start_ns), name, flow, stay)
                )
                flow = 0
    for handling, name in ((worker.own_work, OWN_WORK), (worker.own_threads, OWN_THREAD)):
        for stay in handling.slices:
            if (end_ns := stay.end_ns or max(now_ns, stay.start_ns)) > since_ns:
                lanes.setdefault(stay.lane, []).append((max(stay.start_ns, since_ns), end_ns, name, 0, stay))
    for lasting in lanes.values():
        lasting.sort(key=lambda each: (each[0], -each[1]))
    return lanes


def _stays(
    worker: WorkerTrace, name: str, parent: int, new: Callable[[], int], stays: list[_Stayed]
) -> Iterator[Event]:
    """On one track, nested where one lies within another; what overlaps another halfway gets a track beside it."""
    tracks: list[tuple[int, list[int]]] = []
    """With the ends of what lasts there, the innermost last."""
    for place, (start_ns, end_ns, what, flow, stay) in enumerate(stays):
        for track, open_ns in tracks:  # noqa: B007 - the one that it ends at is gone on with
            while open_ns and open_ns[-1] <= start_ns:
                open_ns.pop()
            if not open_ns or end_ns <= open_ns[-1]:
                break
        else:
            drawn = Track(new(), parent, name, "slices")
            yield drawn
            track, open_ns = drawn.id, []
            tracks.append((track, open_ns))
        alone = not open_ns and (place + 1 == len(stays) or stays[place + 1][0] >= end_ns)
        open_ns.append(end_ns)
        pieces = _pieces(worker, track, start_ns, end_ns, stay) if alone and (stay.samples or not stay.on_loop) else ()
        yield Slice(track, start_ns, end_ns, what, None, 0, flow, pieces)


def _pieces(worker: WorkerTrace, track: int, start_ns: int, end_ns: int, stay: Stay) -> tuple[Slice, ...]:
    """What it did meanwhile. Where the kernel does not show system calls, nothing is said to be blocked."""
    merged: list[list[int | State]] = []
    for state, from_ns, to_ns, location in stay.pieces(end_ns):
        told = State.BLOCKED_OR_STALLED if state is State.BLOCKED and not worker.shows_calls else state
        if merged and merged[-1][0] is told and merged[-1][3] == location:
            merged[-1][2] = to_ns
        elif to_ns > start_ns:
            merged.append([told, max(from_ns, start_ns), to_ns, location])
    return tuple(
        Slice(
            track,
            from_ns,
            to_ns,
            State(state).label,
            {"at": line} if location >= 0 and (line := worker.line_at(location)) else None,
        )
        for state, from_ns, to_ns, location in merged
    )


def _readings(worker: WorkerTrace, parent: int, new: Callable[[], int], since_ns: int) -> Iterator[Event]:
    for vital, name, unit in READINGS:
        readings = sorted((reading for reading in worker.vitals[vital] if reading[0] >= since_ns), key=itemgetter(0))
        if readings and (vital is not Vital.CHILDREN or any(value for _, value in readings)):
            track = Track(new(), parent, name, "counter", unit=unit)
            yield track
            for at_ns, value in readings:
                yield Count(track.id, at_ns, value)
    beats = [(at_ns, late_ns) for at_ns, late_ns in worker.late_beats if at_ns >= since_ns]
    if beats:
        track = Track(new(), parent, "loop lag", "counter", unit="ms")
        yield track
        for at_ns, late_ns in beats:
            yield Count(track.id, max(0, at_ns - late_ns), 0.0)
            yield Count(track.id, at_ns, late_ns / NS_PER_MS)
            yield Count(track.id, at_ns + 1_000, 0.0)
