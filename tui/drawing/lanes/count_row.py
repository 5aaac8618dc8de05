"""A row that shows a count over time: a block as high as the count, the figure at the playhead, and the most so far.

in line   ▇▇▇▇▇▇▆▆▆▆▆▆▆▅▅▅▅▅▅▅▄▄▄▄ 16 · most 30
in line   ▁                        most 1

Blocks stand for so many as the most so far says: without it nobody could tell one visitor from a crowd.

How many the event loops have suspended: `awaiting` where their loop is free for them, `stalled` where it is not.

awaiting   ▇▇▇▇▇▇▇▇▇▇▇▇ 32        each goes on when what it awaits has come
stalled    ▆▆▆▆▆▆▆▆▆▅▅▅ 9         whatever it awaits: visitor 4 holds the loop

A row that shows when visitors were lost: a sign where one failed or left, and how many until the playhead.

lost        ✕  ✕✕    →  3 failed · 1 left

✕ had no answer: refused, broken off, or the visitor's patience was over. → left on purpose before it came. Most of them
no worker has ever begun, so that no bar tells of them.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right, insort
from collections.abc import Callable
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import BLANK, EMPTY, FAINT, LABEL, code, level
from asgi_vs_wsgi.tui.drawing.lanes.bars import Row
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asgi_vs_wsgi.scenarios.analysis.interval_counter import IntervalCounter
    from asgi_vs_wsgi.scenarios.load.visits import Visits

Role = Callable[[int, int], int]
"""(from, to) of a column to the role that its block has."""


LEAST_SCALE = 8
"""A block has eight steps: one visitor is one of them, and not the whole block."""


class FiguredRow(Row):
    """A row with words after the last thing that is drawn on it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._figure_at = (0, "")

    def show(self, window: Window, playhead_ns: int) -> None:
        """Bring the cells and the words up to the playhead."""
        super().show(window, playhead_ns)
        place = self._place(self._words(playhead_ns) if playhead_ns > window.start_ns else "")
        if self._changes or place != self._figure_at:
            self._write(place)

    def label(self, playhead_ns: int) -> str:
        """The row's name."""
        return self.name

    @abstractmethod
    def _words(self, playhead_ns: int) -> str:
        """What is said then."""

    @abstractmethod
    def _fill(self, first: int, last: int) -> None:
        """Make the cells of these columns anew."""

    def _begin(self, window: Window) -> None:
        super()._begin(window)
        self._figure_at = (0, "")

    def _place(self, words: str) -> tuple[int, str]:
        after, room = -(-self._shown // SUBS), self.window.columns - len(words)
        return (min(after, room), words) if room >= 0 else (0, "")

    def _write(self, place: tuple[int, str]) -> None:
        """Put the words after the last block, or over the last ones where there is no room."""
        old_column, old_words = self._figure_at
        last = -(-self._shown // SUBS)
        self._fill(min(old_column, last), last)
        for column in range(max(old_column, last), min(self.window.columns, old_column + len(old_words))):
            self.cells[column] = BLANK
        for column, char in enumerate(place[1], place[0]):
            self.cells[column] = (char, LABEL, EMPTY)
        self._figure_at = place
        end = max(old_column + len(old_words), place[0] + len(place[1]))
        self._note(min(old_column, place[0]), min(self.window.columns, end))


class CountRow(FiguredRow):
    """The highest step of the scale is the next power of two above the largest count in sight, and at least 8."""

    def __init__(self, name: str, crowd: IntervalCounter, role: Role) -> None:
        super().__init__(name)
        self.counter = crowd
        self.figure = 0
        """The count at the playhead."""
        self.peak = 0
        """The most at any moment until then."""
        self._role = role
        self._counts: list[int] = []
        self._scale = LEAST_SCALE

    def show(self, window: Window, playhead_ns: int) -> None:
        """Bring the blocks and the figure up to the playhead."""
        begun = playhead_ns > window.start_ns
        self.figure = self.counter.count(playhead_ns) if begun else 0
        self.peak = self.counter.peak(playhead_ns) if begun else 0
        super().show(window, playhead_ns)

    @property
    def drawn(self) -> frozenset[int]:
        """Its blocks have no sign but their height."""
        return frozenset({paint for _sign, paint, _ground in self.cells} - {EMPTY, LABEL})

    def share_of(self, role: int) -> float:
        """The part of those who are drawn, column by column, in blocks of this role; 0 of nobody."""
        pairs = list(zip(self._counts, self.cells, strict=False))
        of_role = sum(count for count, (_, paint, _) in pairs if paint == role)
        return of_role / max(1, sum(count for count, _ in pairs))

    def _begin(self, window: Window) -> None:
        super()._begin(window)
        self._counts, self._scale = [], LEAST_SCALE

    def _draw(self, from_sub: int, shown: int) -> None:
        first, last, until_ns = from_sub // SUBS, -(-shown // SUBS), self.window.at(shown)
        self._counts[first:] = [self._of_column(column, until_ns) for column in range(first, last)]
        scale = _power_above(max(LEAST_SCALE, *self._counts))
        if scale != self._scale:
            self._scale, first = scale, 0
        self._fill(first, last)

    def _of_column(self, column: int, until_ns: int) -> int:
        """The count in the middle of what is seen of a column; where that is none, the most."""
        from_ns, to_ns = self.window.at(column * SUBS), min(until_ns, self.window.at((column + 1) * SUBS))
        return self.counter.count((from_ns + to_ns) // 2) or self.counter.most(from_ns, to_ns)

    def _fill(self, first: int, last: int) -> None:
        window, scale = self.window, self._scale
        for column in range(first, last):
            count = self._counts[column]
            role = self._role(window.at(column * SUBS), window.at((column + 1) * SUBS)) if count else EMPTY
            self.cells[column] = (level(count, scale), role, EMPTY)
        self._note(first, last)

    def _words(self, playhead_ns: int) -> str:
        """`16`, `16 · most 30`, `most 30`; nothing where nobody was there."""
        if not self.peak:
            return ""
        if self.figure == self.peak:
            return f" {self.figure}"
        return f" {self.figure} · most {self.peak}" if self.figure else f" most {self.peak}"


def _power_above(count: int) -> int:
    return 1 << (count - 1).bit_length()


HeldUp = Callable[[int], tuple[int, list[int]]]
"""At a moment: how many cannot go on, and who holds their loops."""
MOST = 0.5


class SuspendedRow(CountRow):
    """Named after what most of those in it wait for."""

    def __init__(self, crowd: IntervalCounter, role: Role, held_up: HeldUp) -> None:
        super().__init__(State.AWAITING.words, crowd, role)
        self._held_up = held_up

    def label(self, playhead_ns: int) -> str:
        """Of those at the playhead; where nobody is left, of all who are drawn."""
        if self.figure:
            held = 2 * self._held_up(playhead_ns)[0] > self.figure
        else:
            held = self.share_of(code(State.STALLED)) > MOST
        return State.STALLED.words if held else self.name


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
