"""One request's stay in a worker, as spans that are kept until its worker says more of it.

When a visitor waited, in line for a worker and suspended by its event loop, and behind whom.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, Span, State, inside
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.analysis.intervals import Interval
    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace


_UNSETTLED = 3
"""Samples may still speak of this many slices at the end."""
_start = attrgetter("start_ns")


class RequestSpans:
    """From the application's entry to its end, and to the client's last byte where `tail` asks for it.

    A stay goes on when the client has left: its worker is still held. What follows a long-settled prefix is
    worked out anew when something is new, so that a listener of a thousand steps costs as much as one of ten.
    """

    __slots__ = (
        "_settled_ns",
        "_settled_slices",
        "_settled_spans",
        "_spans",
        "answered",
        "done_ns",
        "handling",
        "number",
        "pieces_ns",
        "tail",
    )

    def __init__(self, handling: RequestRecord, number: int, *, tail: bool) -> None:
        self.handling = handling
        self.number = number
        """The visitor's, counted from 1."""
        self.tail = tail
        self.done_ns = 0
        self.answered = False
        """Whether its visitor, once it is gone, has the answer."""
        self.pieces_ns: Sequence[int] = ()
        """When the pieces of its answer came to its visitor, where there was more than one."""
        self._spans: list[Span] | None = None
        self._settled_spans: list[Span] = []
        self._settled_slices = 0
        self._settled_ns = handling.begin_ns

    @property
    def end_ns(self) -> int:
        """FOREVER while it lasts."""
        end_ns = self.handling.end_ns
        if end_ns:
            return max(end_ns, self.done_ns) if self.tail else end_ns
        return self.handling.worker.died_ns or FOREVER

    @property
    def over(self) -> bool:
        """Whether its worker and its client are both done with it."""
        return bool(self.handling.end_ns and self.done_ns)

    def forget(self) -> None:
        """There is news of it."""
        self._spans = None

    @property
    def spans(self) -> list[Span]:
        """In order, without gap; a suspended one is AWAITING, whatever its loop did meanwhile."""
        return self._spans if self._spans is not None else self.work_out()

    def work_out(self) -> list[Span]:
        """The spans as they are known now, to be kept."""
        if self._spans is None:
            self._spans = [*self._settled_spans, *self._rest()]
            self._settle()
        return self._spans

    def _rest(self) -> list[Span]:
        handling = self.handling
        fresh = replace(handling, slices=handling.slices[self._settled_slices :])
        end_ns = handling.end_ns or self.end_ns
        spans = inside(fresh, self._settled_ns, end_ns)
        if self.tail and self.done_ns > end_ns:
            spans.append(Span(State.SENDING, end_ns, self.done_ns))
        return spans

    def _settle(self) -> None:
        """Keep what no later record can change: all before a slice that begins when nothing else is open."""
        slices = self.handling.slices
        index = len(slices) - _UNSETTLED
        if index <= self._settled_slices or self._spans is None:
            return
        at_ns = slices[index].start_ns
        if all(each.end_ns and each.end_ns <= at_ns for each in slices[self._settled_slices : index]):
            self._settled_spans = self._spans[: bisect_right(self._spans, at_ns - 1, key=_start)]
            self._settled_slices, self._settled_ns = index, at_ns


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
        if slice_.start_ns > reached_ns and not handling.is_written(reached_ns):
            gaps.append((reached_ns, slice_.start_ns))
        reached_ns = max(reached_ns, slice_.end_ns or FOREVER)
    if not handling.is_written(reached_ns):
        gaps.append((reached_ns, FOREVER))
    ends_ns = (handling.answered_ns or handling.end_ns or handling.worker.died_ns, done_ns)
    end_ns = min(filter(None, ends_ns), default=FOREVER)
    while gaps and gaps[-1][0] >= end_ns:
        gaps.pop()
    if gaps and gaps[-1][1] > end_ns:  # they are in order: only the last one can go on
        gaps[-1] = (gaps[-1][0], end_ns)
    return gaps


def stalled_behind(trace: TargetTrace, spans: Iterable[Span], handling: RequestRecord) -> dict[int, int]:
    """The rows of those whose steps held its loop while it was suspended, and for how long each did.

    The loop's own work, which has no row, stands under its number OWN_WORK.
    """
    loop, first = handling.worker.loops.get(handling.lane), trace.visits.first_id
    held: Counter[int] = Counter()
    for span in spans if loop else ():
        if span.state is State.AWAITING and loop:
            for index in loop.steps_between(span.start_ns, span.end_ns):
                from_ns, to_ns = max(span.start_ns, loop.starts_ns[index]), min(span.end_ns, loop.ends_ns[index])
                request = loop.requests[index]
                if to_ns > from_ns and (request == OWN_WORK or first <= request < first + len(trace.visits)):
                    held[request if request == OWN_WORK else request - first] += to_ns - from_ns
    return held


def own_work_line(worker: WorkerTrace, from_ns: int, to_ns: int) -> str:
    """The source line at which looks found a worker's loop most often while it worked for no request; "" for none."""
    slices = worker.own_work.slices
    first = bisect_left(slices, from_ns, key=lambda each: each.end_ns or FOREVER)
    looks: Counter[str] = Counter()
    for slice_ in slices[first : bisect_left(slices, to_ns, key=_start)]:
        looks.update(line for look in slice_.samples if (line := worker.line_at(look.location)))
    return looks.most_common(1)[0][0] if looks else ""
