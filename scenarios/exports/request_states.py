"""A request's states as spans, as exports draw them: what its worker told, or what its client saw alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.exports.timeline import StateSpan
from asgi_vs_wsgi.scenarios.trace.states import Span, State, looks_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord

WAITING, ANSWER = "waiting for the answer", "reading the answer"
"""What a client sees of what only a worker could tell apart. They are none of the nine states."""


def seen_by_client(v: Visits, row: int, now_ns: int) -> Iterator[StateSpan]:
    """Of a request of which no worker told; one that has not ended goes on until `now_ns`."""
    marks = [
        (State.LATE.label, v.intended_ns[row]),
        (State.CONNECTING.label, v.connect_start_ns[row]),
        (WAITING, v.sent_ns[row]),
        (ANSWER, v.first_byte_ns[row]),
        ("", v.done_ns[row] or now_ns),
    ]
    reached = [(name, at_ns) for name, at_ns in marks if at_ns]
    for (name, from_ns), (_, to_ns) in pairwise(reached):
        if to_ns > from_ns:
            yield StateSpan(name, from_ns, to_ns)


def told_by_worker(
    lived: Sequence[Span], handling: RequestRecord | None, least_hold_ns: int, now_ns: int
) -> list[StateSpan]:
    """Suspensions divided where the loop was held, and neighbours that say the same as one.

    Holds of up to `least_hold_ns` are drawn together.
    """
    merged: list[StateSpan] = []
    before_lane = -1
    begin_ns, end_ns = (handling.begin_ns, handling.end_ns or now_ns) if handling else (0, 0)
    for span in lived:
        state, start_ns, last_ns, lane, location = span
        at = handling.worker.line_at(location) if handling and location >= 0 else ""
        inside = bool(begin_ns) and begin_ns <= start_ns and last_ns <= end_ns
        if state is State.AWAITING and handling:
            merged += _suspended(span, handling, least_hold_ns, inside=inside)
        elif merged and lane == before_lane and _goes_on(merged[-1], state.label, start_ns, at):
            merged[-1] = merged[-1]._replace(end_ns=last_ns, at=merged[-1].at or at)
        else:
            merged.append(StateSpan(state.label, start_ns, last_ns, at, "", inside))
        before_lane = lane
    return merged


def _goes_on(last: StateSpan, state: str, start_ns: int, at: str) -> bool:
    """The sampler looks every few milliseconds, which is no news by itself."""
    return last.state == state and last.end_ns == start_ns and (last.at == at or not at or not last.at)


def _suspended(span: Span, handling: RequestRecord, least_hold_ns: int, *, inside: bool) -> Iterator[StateSpan]:
    looks = looks_in(span, handling) if handling.await_looks else ()
    awaits, at = (looks[0].awaited.words, handling.worker.line_at(looks[0].location)) if looks else ("", "")
    for state, from_ns, to_ns in _divided(span, handling, least_hold_ns):
        if state is State.STALLED:
            yield StateSpan(state.label, from_ns, to_ns, "", "", inside)
        else:
            yield StateSpan(state.label, from_ns, to_ns, at, awaits, inside)


def _divided(span: Span, handling: RequestRecord, least_ns: int) -> Iterator[tuple[State, int, int]]:
    """A suspension as awaiting and, where its loop was held, stalled: of the exact lengths together.

    A hold of up to `least_ns` is drawn with others, before the next that is longer, or at the suspension's end.
    """
    loop, at_ns = handling.worker.loops.get(handling.lane), span.start_ns
    if loop is None:
        yield State.AWAITING, span.start_ns, span.end_ns
        return
    holds = []
    if loop.held_ns(span.start_ns, span.end_ns) > least_ns:
        holds = [
            (max(loop.starts_ns[index], span.start_ns), min(loop.ends_ns[index], span.end_ns))
            for index in loop.steps_between(span.start_ns, span.end_ns)
        ]
        if loop.open_since_ns:
            holds.append((max(loop.open_since_ns, span.start_ns), span.end_ns))
    long = [(from_ns, to_ns) for from_ns, to_ns in holds if to_ns - from_ns > least_ns]
    for from_ns, to_ns in (*long, (span.end_ns, span.end_ns)):
        stalled_ns = from_ns - loop.held_ns(at_ns, from_ns)
        if stalled_ns > at_ns:
            yield State.AWAITING, at_ns, stalled_ns
        if to_ns > stalled_ns:
            yield State.STALLED, stalled_ns, to_ns
        at_ns = to_ns
