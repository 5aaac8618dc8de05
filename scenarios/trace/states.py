"""The nine states that partition a request's life, by the same names everywhere: scripts read them.

Where the kernel does not show in which system call a thread is (gVisor), two of them cannot be told apart: such time is
BLOCKED_OR_STALLED, and no figure of either state alone is known.

A request's whole life as spans: which state from when to when, on which lane, without gap or overlap.

    intended   connect_start   sent      begin                                  end       done
      |--late-----|--connecting--|--queued--|-running-blocked-stalled-awaiting-...-|-sending-|

A client that is slow to send: from when a worker has accepted it the worker receives what still comes. Where the server
does not show when it accepts, from the first byte on. Once the application has begun, what it does is what is seen.

    connect_start  send_start  accepted       sent      begin
      |--connecting----------------|-receiving--|--queued--|-…

A worker that writes the answer itself is sending while it waits for its reader: a thread that looks find in its
server's own files once the response has begun, and a greenlet that is suspended when it has handed over all of it.

A thread that has called back into a loop (`async_to_sync`) waits for code of its own request: what that does is the
state, as long as it does anything. While it is suspended the thread is held for it, and blocked.

Inside the application several things may go on at once (a loop's step that has just handed work to a thread,
three threads of one `gather`). At each instant the state is the strongest of: running, blocked, stalled; where
nothing of the request is on any thread it is suspended, and what that means depends on its loop.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from enum import IntEnum
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.trace.slices import AwaitLook, RequestRecord, Slice


class State(IntEnum):
    """One state of a request; `label` is the contract's name."""

    LATE = 0
    CONNECTING = 1
    QUEUED = 2
    RECEIVING = 3
    RUNNING = 4
    BLOCKED = 5
    STALLED = 6
    AWAITING = 7
    SENDING = 8
    BLOCKED_OR_STALLED = 9
    """Not on the CPU, on a thread of its own; why, the kernel does not show. No state beside the nine: one of two."""

    @property
    def label(self) -> str:
        """The name in JSON, legend and words."""
        return self.name.lower()

    @property
    def words(self) -> str:
        """The name for people: the same, but for one that is plainer."""
        return "in line" if self is State.QUEUED else self.label.replace("_", " ")


STATE_WORDS = {state.label: state.words for state in State}
STATE_NAMES: tuple[str, ...] = tuple(state.label for state in State if state is not State.BLOCKED_OR_STALLED)
UNTOLD = State.BLOCKED_OR_STALLED.label
"""The key in `states_ms` of what is known of `blocked` and `stalled` together; there only where they are null."""
NOT_SHOWN = "This kernel does not show in which system call a thread is, so blocked and stalled are told as one."


def states_told(times: Sequence[float]) -> dict[str, float | None]:
    """A time for each State, in its order, by names; those that are known add up to all of it."""
    told: dict[str, float | None] = dict(zip(STATE_NAMES, times, strict=False))
    if times[State.BLOCKED_OR_STALLED]:
        untold = times[State.BLOCKED] + times[State.STALLED] + times[State.BLOCKED_OR_STALLED]
        told |= {State.BLOCKED.label: None, State.STALLED.label: None, UNTOLD: untold}
    return told


FOREVER = 1 << 62
"""The end of what still lasts."""
ASKED_BY = 1 << 24
"""Times a location, plus another: the other is a library's, and the one the line that asked for what happens there."""
_CALLS = (Awaited.OWN_THREAD, Awaited.FREE_THREAD)
_start, _at = attrgetter("start_ns"), attrgetter("at_ns")
STRENGTH = {
    State.RUNNING: 4,
    State.BLOCKED: 3,
    State.BLOCKED_OR_STALLED: 2,
    State.STALLED: 1,
    State.SENDING: 0,
}


class Span(NamedTuple):
    """One state of one request over an interval of the monotonic clock.

    AWAITING spans are raw: where another request's step held the loop meanwhile, that part is STALLED
    (see `target_trace.state_totals_ns`). `lane` is -1 outside a worker, `location` is -1 where no sample judged.
    """

    state: State
    start_ns: int
    end_ns: int
    lane: int = -1
    location: int = -1


class Visit(NamedTuple):
    """The client's half of one request, in absolute monotonic nanoseconds; 0 where it did not happen (yet)."""

    intended_ns: int
    connect_start_ns: int
    sent_ns: int
    done_ns: int
    send_start_ns: int = 0
    """When the first byte of the request went out, where that was well before the last."""


def receiving_ns(visit: Visit, handling: RequestRecord | None, *, shows_accept: bool) -> int:
    """From when on a worker receives a request that its client is slow to send; 0 where none does, or none is known to.

    An accept is told when the application begins, and only if it was well before: later it was as good as none.
    """
    if not visit.send_start_ns:
        return 0
    if not shows_accept:
        return visit.send_start_ns
    accepted_ns = handling.accepted_ns if handling else 0
    return max(accepted_ns, visit.send_start_ns) if accepted_ns else 0


def life(visit: Visit, handling: RequestRecord | None, now_ns: int, *, shows_accept: bool = False) -> list[Span]:
    """All spans of a request from its intended start to its end, or to `now_ns` while it lasts.

    `shows_accept`: whether it is known when its server accepts connections.
    """
    end_ns = min(visit.done_ns or now_ns, now_ns)
    marks = [(State.LATE, visit.intended_ns), (State.CONNECTING, visit.connect_start_ns)]
    receiving = receiving_ns(visit, handling, shows_accept=shows_accept)
    if receiving and (not visit.sent_ns or receiving < visit.sent_ns):
        marks.append((State.RECEIVING, receiving))
    marks.append((State.QUEUED, visit.sent_ns))
    spans = list(_before_worker(marks, handling, end_ns))
    if handling and handling.begin_ns < end_ns:
        app_end_ns = min(handling.end_ns or end_ns, end_ns)
        spans.extend(inside(handling, max(handling.begin_ns, visit.intended_ns), app_end_ns))
        if app_end_ns < end_ns:
            spans.append(Span(State.SENDING, app_end_ns, end_ns))
    return spans


def _before_worker(marks: list[tuple[State, int]], handling: RequestRecord | None, end_ns: int) -> Iterator[Span]:
    reached = [(state, at_ns) for state, at_ns in marks if at_ns]
    begin_ns = min(handling.begin_ns, end_ns) if handling else end_ns
    ends_ns = [at_ns for _, at_ns in reached[1:]] + [begin_ns] * bool(reached)
    for (state, from_ns), to_ns in zip(reached, ends_ns, strict=True):
        if min(to_ns, begin_ns) > from_ns:
            yield Span(state, from_ns, min(to_ns, begin_ns))


def inside(handling: RequestRecord, from_ns: int, to_ns: int) -> list[Span]:
    """The spans between the application's entry and `to_ns`.

    Where the kernel does not show system calls, a slice too short to be looked at cannot be said to be blocked either.
    """
    if handling.waits:
        spans = _with_waits(handling, from_ns, to_ns)
    else:
        spans = _strongest(_pieces(handling, from_ns, to_ns), handling)
    if handling.await_looks:
        spans = _asked_for(spans, handling)
    return list(_fill(spans, from_ns, to_ns, handling))


def held_inside(handling: RequestRecord, from_ns: int, to_ns: int) -> list[Span]:
    """The same without what is a suspension: when it was on a thread, or on its loop."""
    late = [each for each in handling.slices if (each.end_ns or FOREVER) > from_ns]
    spans = inside(replace(handling, slices=late), from_ns, to_ns) if late else []
    return [span for span in spans if span.lane >= 0]


def _pieces(handling: RequestRecord, from_ns: int, to_ns: int, slices: Sequence[Slice] | None = None) -> list[Span]:
    blocked = State.BLOCKED if handling.worker.shows_calls else State.BLOCKED_OR_STALLED
    return [
        Span(blocked if state is State.BLOCKED else state, max(start, from_ns), end, slice_.lane, location)
        for slice_ in (handling.slices if slices is None else slices)
        if slice_.start_ns < to_ns
        for state, start, end, location in slice_.pieces(to_ns)
        if end > from_ns
    ]


def _with_waits(handling: RequestRecord, from_ns: int, to_ns: int) -> list[Span]:
    """Where a thread waited for code of its own request, that is the state, and looks at the thread judge nothing."""
    busy: list[Span] = []
    waiting: list[Span] = []
    for slice_ in handling.slices:
        waits = _waits_in(slice_, handling)
        whole = _pieces(handling, from_ns, to_ns, [slice_])
        if not waits:
            busy += whole
            continue
        looks = [look for look in slice_.samples if not any(w.start_ns <= look.at_ns < w.end_ns for w in waits)]
        busy += _beside(_pieces(handling, from_ns, to_ns, [structs.replace(slice_, samples=looks)]), waits)
        waiting += _beside(whole, list(_beside(whole, waits)))
    spans = _strongest(busy, handling)
    blocked = State.BLOCKED if handling.worker.shows_calls else State.BLOCKED_OR_STALLED
    held = list(_beside(_strongest([span._replace(state=blocked) for span in waiting], handling), spans))
    if handling.lane in handling.worker.loops:
        held = [span._replace(location=-1) for span in held if _is_suspension(span, spans, handling)]
    else:
        held = list(_at_what_is_awaited(held, handling))
    return sorted([*spans, *held], key=_start)


def _is_suspension(wait: Span, spans: list[Span], handling: RequestRecord) -> bool:
    """Whether the code that is waited for was suspended, and not on its way between its loop and a thread.

    It was between two steps of its loop. No line is to blame: the one that the thread is at is not that which awaits.
    """
    after = bisect_left(spans, wait.end_ns, key=_start)
    beside = spans[max(0, after - 1) : after + 1]
    return bool(after) and all(span.lane in handling.worker.loops for span in beside)


def _asked_for(spans: list[Span], handling: RequestRecord) -> list[Span]:
    """A call of a library's alone is at the line that asked for it too, where that was seen to await it: its thread
    knows nothing of who awaits (`await Item.objects.aget()`)."""
    worker = handling.worker
    steps_ns = sorted(slice_.start_ns for slice_ in handling.slices if slice_.lane in worker.loops)
    looks = [look for look in handling.await_looks if look.awaited in _CALLS and not worker.is_library(look.location)]
    asked = {bisect_right(steps_ns, look.at_ns): look.location for look in looks if look.location}

    def line_of(span: Span) -> int:
        by = asked.get(bisect_right(steps_ns, span.start_ns), 0)
        calls = by and span.state in STRENGTH and span.lane not in worker.loops and worker.is_library(span.location)
        return by * ASKED_BY + span.location if calls else span.location

    return [span._replace(location=line_of(span)) for span in spans] if asked else spans


def _at_what_is_awaited(waits: list[Span], handling: RequestRecord) -> Iterator[Span]:
    """Where a thread waits for what is suspended: at the line that awaits, if that was looked at, in one span up to the
    next step; else at the line that the thread is at."""
    together: list[Span] = []
    for wait in [*waits, None]:
        if together and (wait is None or wait.start_ns != together[-1].end_ns or wait.lane != together[-1].lane):
            whole = together[0]._replace(end_ns=together[-1].end_ns)
            line = next((look.location for look in looks_in(whole, handling) if look.location), 0)
            yield from [whole._replace(location=line)] if line else together
            together = []
        if wait is not None:
            together.append(wait)


def looks_in(span: Span, handling: RequestRecord) -> list[AwaitLook]:
    """Those at what the request waited for meanwhile."""
    looks = handling.await_looks
    return looks[bisect_left(looks, span.start_ns, key=_at) : bisect_left(looks, span.end_ns, key=_at)]


def _waits_in(slice_: Slice, handling: RequestRecord) -> list[Span]:
    last_ns = slice_.end_ns or FOREVER
    return [
        Span(State.BLOCKED, from_ns, to_ns or last_ns, lane)
        for lane, from_ns, to_ns in handling.waits
        if lane == slice_.lane and slice_.start_ns <= from_ns < last_ns
    ]


def _beside(spans: list[Span], others: Sequence[Span]) -> Iterator[Span]:
    """The parts of these that none of the others covers; the others are disjoint and in order."""
    for span in spans:
        at_ns = span.start_ns
        for other in others:
            if other.start_ns >= span.end_ns:
                break
            if other.start_ns > at_ns:
                yield span._replace(start_ns=at_ns, end_ns=other.start_ns)
            at_ns = max(at_ns, other.end_ns)
        if at_ns < span.end_ns:
            yield span._replace(start_ns=at_ns)


def _strongest(pieces: list[Span], handling: RequestRecord) -> list[Span]:
    """Overlapping pieces made disjoint, the strongest state on top.

    Of two in one state what holds the loop is on top, and then the call that began last: a thread that has handed work
    to another, and waits for it, is not what it waits for.
    """
    pieces.sort(key=_start)
    if all(a.end_ns <= b.start_ns for a, b in pairwise(pieces)):
        return pieces
    begun_ns: dict[int, list[int]] = {}
    for slice_ in sorted(handling.slices, key=_start):
        begun_ns.setdefault(slice_.lane, []).append(slice_.start_ns)

    def rank(piece: Span) -> tuple[int, bool, int]:
        begun = begun_ns[piece.lane]
        since_ns = begun[max(0, bisect_right(begun, piece.start_ns) - 1)]
        return STRENGTH[piece.state], piece.lane in handling.worker.loops, since_ns

    cuts = sorted({edge for piece in pieces for edge in (piece.start_ns, piece.end_ns)})
    spans: list[Span] = []
    active: list[Span] = []
    upcoming = iter([*pieces, None])
    following = next(upcoming)
    for start_ns, end_ns in pairwise(cuts):
        active = [piece for piece in active if piece.end_ns > start_ns]
        while following and following.start_ns <= start_ns:
            active.append(following)
            following = next(upcoming)
        if active:
            top = max(active, key=rank)
            spans.append(Span(top.state, start_ns, end_ns, top.lane, top.location))
    return spans


def _fill(spans: list[Span], from_ns: int, to_ns: int, handling: RequestRecord) -> Iterator[Span]:
    """The gaps between spans on threads are the request's suspensions, but for those in which its server writes."""
    at_ns = from_ns
    for span in spans:
        yield from _suspended(at_ns, span.start_ns, handling)
        yield span
        at_ns = span.end_ns
    yield from _suspended(at_ns, to_ns, handling)


def _suspended(from_ns: int, to_ns: int, handling: RequestRecord) -> Iterator[Span]:
    if handling.is_written(from_ns):
        turn_ns = from_ns
    else:
        turn_ns = min(to_ns, max(from_ns, handling.answered_ns)) if handling.answered_ns else to_ns
    if turn_ns > from_ns:
        yield Span(State.AWAITING, from_ns, turn_ns)
    if to_ns > turn_ns:
        yield Span(State.SENDING, turn_ns, to_ns)
