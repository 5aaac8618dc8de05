"""A row of the steps of one event loop, whoever's they are.

worker 1   █▐█▌ ▐ ▌█▐█
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter

from asgi_vs_wsgi.scenarios.trace.slices import Slice
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow, Piece
from asgi_vs_wsgi.tui.drawing.lanes.request_spans import FOREVER
from asgi_vs_wsgi.tui.drawing.lanes.selection import Chosen

_start = attrgetter("start_ns")


class LoopRow(BarRow):
    """An event loop with the steps of all its requests, one after another."""

    def __init__(self, name: str, first_id: int, chosen: Chosen) -> None:
        super().__init__(chosen)
        self.name = name
        self.slices: list[Slice] = []
        self._first_id = first_id

    def extend(self, fresh: list[Slice]) -> None:
        """New steps, in any order; they come after those that are known, or nearly so."""
        if not fresh:
            return
        fresh.sort(key=_start)
        first = bisect_left(self.starts_ns, fresh[0].start_ns)
        self.slices[first:] = sorted(self.slices[first:] + fresh, key=_start)
        self.starts_ns[first:] = [each.start_ns for each in self.slices[first:]]
        self.touch(fresh[0].start_ns)

    def end_ns(self, index: int) -> int:
        """When the step ends."""
        return self.slices[index].end_ns or FOREVER

    def number(self, index: int) -> int:
        """The visitor's whose step it is."""
        return self.slices[index].request - self._first_id + 1

    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """What the step's thread did."""
        for state, start_ns, end_ns, _location in self.slices[index].pieces(FOREVER):
            if end_ns > from_ns and start_ns < to_ns:
                yield state, start_ns, end_ns

    def label(self, playhead_ns: int) -> str:
        """The worker's."""
        return self.name
