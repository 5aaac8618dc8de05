"""A crowd that may be told of somebody later: what is known to come after the moment asked for is not worked out.

asked until   |----------------->                           a recording opened at its start needs next to nothing
told of       |1  2 3  4    5  6 |  7   8 9    10  11       the others when the playhead comes to them, or ahead of it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from asgi_vs_wsgi.tui.drawing.lanes.interval_counter import Crowd, Interval

Telling = Callable[[], Sequence[Interval]]


class LaterCrowd(Crowd):
    """As Crowd; `put_off` instead of `tell` for those of whom everything is known."""

    def __init__(self) -> None:
        super().__init__()
        self._later: list[tuple[int, int, Telling]] = []
        """(not before, key, its intervals), the earliest last."""
        self._in_order = True

    @property
    def put_off_yet(self) -> int:
        """How many are still to be told of."""
        return len(self._later)

    def put_off(self, key: int, from_ns: int, telling: Telling) -> None:
        """The intervals of `key`, none of which begins before `from_ns`."""
        self._later.append((from_ns, key, telling))
        self._in_order = False

    def count(self, at_ns: int) -> int:
        """How many are there at that moment."""
        self._come_to(at_ns)
        return super().count(at_ns)

    def most(self, from_ns: int, to_ns: int) -> int:
        """The largest count within [from_ns, to_ns)."""
        self._come_to(to_ns)
        return super().most(from_ns, to_ns)

    def peak(self, until_ns: int) -> int:
        """The largest count until then."""
        self._come_to(until_ns)
        return super().peak(until_ns)

    def _come_to(self, at_ns: int) -> None:
        self._sort()
        while self._later and self._later[-1][0] <= at_ns:
            self._tell_next()

    def _sort(self) -> None:
        if not self._in_order:
            self._later.sort(key=itemgetter(0), reverse=True)
            self._in_order = True

    def _tell_next(self) -> None:
        _from_ns, key, telling = self._later.pop()
        self.tell(key, telling())

    def work_ahead(self) -> Iterator[None]:
        """One of those put off in each step."""
        while self._later:
            self._sort()
            self._tell_next()
            yield
