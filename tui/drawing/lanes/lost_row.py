"""A row that shows when visitors were lost: a sign where one failed or left, and how many until the playhead.

lost        ✕  ✕✕    →  3 failed · 1 left

✕ had no answer: refused, broken off, or the visitor's patience was over. → left on purpose before it came. Most of them
no worker has ever begun, so that no bar tells of them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE
from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, FAINT, LABEL
from asgi_vs_wsgi.tui.drawing.lanes.count_row import FiguredRow
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.tui.drawing.time_axis import Window

FAILED_SIGN, LEFT_SIGN = "✕", "→"


class LostRow(FiguredRow):
    """Of one target; nothing is left out where several were lost in one column: the figure counts all."""

    def __init__(self) -> None:
        super().__init__("lost")
        self._playhead_ns = 0
        self._told = (0, 0)
        self._failed_ns: list[int] = []
        self._left_ns: list[int] = []
        self._known: set[int] = set()

    @property
    def is_known(self) -> bool:
        """Whether anybody was lost, as far as it is recorded."""
        return bool(self._known)

    def take(self, visits: Visits, rows: Iterable[int]) -> None:
        """There is news of these visitors."""
        for row in rows:
            outcome, done_ns = visits.outcome[row], visits.done_ns[row]
            if not done_ns or outcome == DONE or row in self._known:
                continue
            self._known.add(row)
            insort(self._left_ns if outcome == CANCELLED else self._failed_ns, done_ns)
            self.touch(done_ns)

    def show(self, window: Window, playhead_ns: int) -> None:
        """Up to the playhead: where it has passed somebody, or is before somebody again, from there on."""
        if (lost := self._until(playhead_ns)) != self._told:
            self._told = lost
            self.touch(min(playhead_ns, self._playhead_ns))
        self._playhead_ns = playhead_ns
        super().show(window, playhead_ns)

    def _until(self, at_ns: int) -> tuple[int, int]:
        return bisect_right(self._failed_ns, at_ns), bisect_right(self._left_ns, at_ns)

    def words(self, playhead_ns: int) -> str:
        """`3 failed · 1 left`: how many until then."""
        failed, left = self._until(playhead_ns)
        told = [f"{failed} failed"] * bool(failed) + [f"{left} left"] * bool(left)
        return " · ".join(told)

    def _words(self, playhead_ns: int) -> str:
        words = self.words(playhead_ns)
        return f" {words}" if words else ""

    def _draw(self, from_sub: int, shown: int) -> None:
        self._fill(from_sub // SUBS, -(-shown // SUBS))

    def _fill(self, first: int, last: int) -> None:
        for column in range(first, last):
            from_ns = self.window.at(column * SUBS) - 1
            to_ns = min(self._playhead_ns, self.window.at((column + 1) * SUBS) - 1)
            before, until = self._until(from_ns), self._until(to_ns)
            failed, left = (many > few for many, few in zip(until, before, strict=True))
            sign = FAILED_SIGN if failed else LEFT_SIGN if left else " "
            self.cells[column] = (sign, LABEL if failed else FAINT, EMPTY)
        self._note(first, last)
