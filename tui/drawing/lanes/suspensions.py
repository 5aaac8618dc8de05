"""When a visitor was set aside: the request is in the worker, and nothing of it is on any thread."""

from __future__ import annotations

from operator import attrgetter

from asgi_vs_wsgi.tui.drawing.lanes.interval_counter import Interval
from asgi_vs_wsgi.tui.drawing.lanes.request_spans import FOREVER, Stay


def suspensions(stay: Stay) -> list[Interval]:
    """The gaps between its slices, from the application's entry to its end, or for ever while it lasts.

    A visitor who has the answer, or has left, is not waiting any more, whatever the worker still has to do.
    """
    handling = stay.handling
    gaps: list[Interval] = []
    reached_ns = handling.begin_ns
    for slice_ in sorted(handling.slices, key=attrgetter("start_ns")):
        if slice_.start_ns > reached_ns:
            gaps.append((reached_ns, slice_.start_ns))
        reached_ns = max(reached_ns, slice_.end_ns or FOREVER)
    gaps.append((reached_ns, FOREVER))
    end_ns = min(handling.end_ns or handling.worker.died_ns or FOREVER, stay.done_ns or FOREVER)
    while gaps and gaps[-1][0] >= end_ns:
        gaps.pop()
    if gaps and gaps[-1][1] > end_ns:  # they are in order: only the last one can go on
        gaps[-1] = (gaps[-1][0], end_ns)
    return gaps
