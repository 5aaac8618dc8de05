"""When a visitor waited, in line for a worker and suspended by its event loop, and behind whom."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.state_spans import FOREVER, Span
from asgi_vs_wsgi.scenarios.trace.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import RequestRecord

SLOWLY_NS = NS_PER_MS
"""A request that takes longer to be sent, once there is a connection, is sent slowly."""


def in_line(visits: Visits, row: int, left_ns: int) -> Iterator[Interval]:
    """When the visitor in `row`, who left the line then, stood in it: nobody waits for a worker while still sending."""
    came_ns, connected_ns, sent_ns = visits.connect_start_ns[row], visits.connected_ns[row], visits.sent_ns[row]
    if connected_ns and (sent_ns or FOREVER) - connected_ns > SLOWLY_NS:
        yield came_ns, min(connected_ns, left_ns)
        came_ns = sent_ns
    if (came_ns := came_ns or sent_ns) and came_ns < left_ns:
        yield came_ns, left_ns


def suspensions(handling: RequestRecord, done_ns: int) -> list[Interval]:
    """The gaps between its slices, from the application's entry to its end, or for ever while it lasts.

    A visitor who has the answer, or has left (`done_ns`, 0: not yet), is not waiting any more, whatever the worker
    still has to do.
    """
    gaps: list[Interval] = []
    reached_ns = handling.begin_ns
    for slice_ in sorted(handling.slices, key=attrgetter("start_ns")):
        if slice_.start_ns > reached_ns:
            gaps.append((reached_ns, slice_.start_ns))
        reached_ns = max(reached_ns, slice_.end_ns or FOREVER)
    gaps.append((reached_ns, FOREVER))
    end_ns = min(handling.end_ns or handling.worker.died_ns or FOREVER, done_ns or FOREVER)
    while gaps and gaps[-1][0] >= end_ns:
        gaps.pop()
    if gaps and gaps[-1][1] > end_ns:  # they are in order: only the last one can go on
        gaps[-1] = (gaps[-1][0], end_ns)
    return gaps


def stalled_behind(trace: TargetTrace, spans: Iterable[Span], handling: RequestRecord) -> dict[int, int]:
    """The rows of those whose steps held its loop while it was suspended, and for how long each did."""
    loop, first = handling.worker.loops.get(handling.lane), trace.visits.first_id
    held: Counter[int] = Counter()
    for span in spans if loop else ():
        if span.state is State.AWAITING and loop:
            for index in loop.steps_between(span.start_ns, span.end_ns):
                from_ns, to_ns = max(span.start_ns, loop.starts_ns[index]), min(span.end_ns, loop.ends_ns[index])
                if first <= loop.requests[index] < first + len(trace.visits) and to_ns > from_ns:
                    held[loop.requests[index] - first] += to_ns - from_ns
    return held
