"""A row of bars: disjoint stretches of time in order, each of one visitor, coloured by what it did.

Where more bars than sub-cells crowd a row, each sub-cell shows the last one that begins in it, found by
bisection: the cost of a row is bounded by its width, not by the length of the run.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter

from scenarios.trace.slices import Slice
from scenarios.trace.states import State
from tui.drawing.cells import ink
from tui.drawing.held import Held
from tui.drawing.roles import BUSY, GONE, INK, MARK, code
from tui.drawing.row import Row
from tui.drawing.stay import FOREVER, Stay
from tui.drawing.window import SUBS, Window

Piece = tuple[State, int, int]
"""(state, from, to)."""

BESIDE_NUMBER = 1.5
"""So many columns of a bar must be left beside its number."""


EDGES = "▌▐█"
"""Of a marked bar: its first column, its last, and the only one of a bar that has no more."""


class Chosen:
    """The visitor whose bars are marked, by number; 0 for nobody. All rows of a target share one."""

    def __init__(self) -> None:
        self.number = 0


def _length(piece: Piece) -> int:
    return piece[2] - piece[1]


class BarRow(Row):
    """What rows of bars have in common: find the bars in sight, paint them, put the numbers on them."""

    def __init__(self, chosen: Chosen) -> None:
        super().__init__()
        self.chosen = chosen
        self.starts_ns: list[int] = []
        self._numbers: dict[int, tuple[int, int]] = {}
        """Bar to the column and length of the number on it."""

    @abstractmethod
    def end_ns(self, index: int) -> int:
        """When a bar ends, FOREVER while it lasts."""

    def left_ns(self, index: int) -> int:
        """When its visitor is gone, which may be before the bar ends."""
        return self.end_ns(index)

    @abstractmethod
    def number(self, index: int) -> int:
        """Whose bar it is."""

    @abstractmethod
    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterable[Piece]:
        """What the bar is made of, where it touches [from_ns, to_ns)."""

    def at(self, at_ns: int) -> int:
        """The bar that covers a moment, -1 for none."""
        index = bisect_right(self.starts_ns, at_ns) - 1
        return index if index >= 0 and self.end_ns(index) > at_ns else -1

    def before(self, at_ns: int) -> int:
        """The last bar that began before a moment, -1 for none."""
        return bisect_left(self.starts_ns, at_ns) - 1

    def number_at(self, column: int) -> int:
        """Whose bar is drawn in a column, 0 for nobody's."""
        if column * SUBS >= self._shown:
            return 0
        index = self.before(self.window.at((column + 1) * SUBS))
        if index < 0 or max(self.window.sub(self.end_ns(index)), self.window.sub(self.starts_ns[index]) + 1) <= (
            column * SUBS
        ):
            return 0
        return self.number(index)

    def _begin(self, window: Window) -> None:
        super()._begin(window)
        self._numbers.clear()

    def _go_back(self, shown: int) -> None:
        """Numbers of bars that begin later are gone with their cells."""
        super()._go_back(shown)
        last = self.before(self.window.at(shown))
        self._numbers = {index: place for index, place in self._numbers.items() if index <= last}

    def _draw(self, from_sub: int, shown: int) -> None:
        """A bar that goes on is only lengthened, but its number moves along with its middle."""
        self._wipe_number(from_sub)
        self._subs[from_sub:shown] = bytes(shown - from_sub)
        drawn = list(self._in_sight(from_sub, shown))
        for index, low, high in drawn:
            self._paint(index, low, high)
        self._to_cells(from_sub, shown)
        for index, low, high in drawn:
            self._numbers.pop(index, None)
            self._write_number(index, high)
            if self.number(index) == self.chosen.number:
                self._mark(index, low, high)

    def _wipe_number(self, from_sub: int) -> None:
        """Uncover the bar that reaches into what is drawn anew."""
        index = self.before(self.window.at(from_sub + 1))
        if index in self._numbers and self.window.sub(self.end_ns(index)) > from_sub:
            column, length = self._numbers.pop(index)
            self._to_cells(column * SUBS, (column + length) * SUBS)

    def _in_sight(self, from_sub: int, shown: int) -> Iterator[tuple[int, int, int]]:
        """(bar, first sub-cell, the sub-cell after its last) of the bars to be drawn."""
        sub = from_sub
        while sub < shown:
            index = self.before(self.window.at(sub + 1))
            end = self.window.sub(self.end_ns(index)) if index >= 0 else 0
            start = self.window.sub(self.starts_ns[index]) if index >= 0 else -1
            if index >= 0 and (end > sub or start == sub):
                last = min(shown, max(end, start + 1))
                yield index, sub, last
                sub = last
            elif index + 1 < len(self.starts_ns):
                sub = max(sub + 1, self.window.sub(self.starts_ns[index + 1]))
            else:
                return

    def _paint(self, index: int, first: int, last: int) -> None:
        """Waits first, then work on top: a short step must not vanish under the wait that follows it."""
        window = self.window
        pieces = list(self.pieces(index, window.at(first), window.at(last)))
        if window.sub(self.starts_ns[index]) == window.sub(self.end_ns(index)):
            pieces = pieces and [max(pieces, key=_length)]  # too short for more than what it mostly was
        work: list[tuple[State, int, int]] = []
        for state, start_ns, end_ns in pieces:
            start = window.sub(start_ns)
            low, high = max(first, start), min(last, max(window.sub(end_ns), start + 1))
            if low >= high:
                continue
            if state in BUSY:
                work.append((state, low, high))
            else:
                self._put(state, index, low, high)
        for state, low, high in work:
            self._put(state, index, low, high)

    def _put(self, state: State, index: int, low: int, high: int) -> None:
        self.drawn.add(code(state))
        self._fill(state, index % 2, low, high)

    def _fill(self, state: State, shade: int, low: int, high: int) -> None:
        self._subs[low:high] = bytes((code(state, shade),)) * (high - low)

    def _write_number(self, index: int, last: int) -> None:
        """In the middle of what is seen of the bar, where it is long enough to be seen beside its number."""
        words, first = str(self.number(index)), self.window.sub(self.starts_ns[index])
        last = min(last, self.window.sub(self.left_ns(index)))
        if last - first < (len(words) + BESIDE_NUMBER) * SUBS:
            return
        column = round((first + last) / 2 / SUBS - len(words) / 2)
        for offset, char in enumerate(words, column):
            self.cells[offset] = ink(char, self._subs[offset * SUBS + SUBS // 2])
        self._numbers[index] = (column, len(words))
        self._note(column, column + len(words))

    def _mark(self, index: int, low: int, high: int) -> None:
        """Edges and the ground of the number in a colour that no state has."""
        start, last = self.window.sub(self.starts_ns[index]) // SUBS, max(0, high - 1) // SUBS
        column, length = self._numbers.get(index, (0, 0))
        for at in range(column, column + length):
            self.cells[at] = (self.cells[at][0], INK, MARK)
        ends = self.window.sub(self.end_ns(index)) <= high
        for at, edge in ((start, EDGES[0]), (last, EDGES[1])):
            if low // SUBS <= at and (ends or at == start):
                self.cells[at] = (edge if start < last else EDGES[2], MARK, self._ground(at))
        self._note(low // SUBS, last + 1)

    def _ground(self, column: int) -> int:
        return self._subs[column * SUBS + SUBS // 2]


class StayRow(BarRow):
    """A thread of a WSGI worker with its requests one after another, or a line for requests of a loop.

    `held` knows when the loop of the row was held; None where there is no loop.
    """

    def __init__(self, name: str, held: Held | None, chosen: Chosen) -> None:
        super().__init__(chosen)
        self.name = name
        self.held = held
        self.stays: list[Stay] = []

    def add(self, stay: Stay) -> None:
        """A request begins; whoever was here before has ended."""
        self.starts_ns.append(stay.handling.begin_ns)
        self.stays.append(stay)
        self.touch(stay.handling.begin_ns)

    def news_of(self, stay: Stay) -> None:
        """A worker or a client said more of it."""
        stay.forget()
        self.touch(stay.handling.begin_ns)

    def end_ns(self, index: int) -> int:
        """When the request ends; a tail of sending is cut where the next one begins."""
        end_ns = self.stays[index].end_ns
        return min(end_ns, self.starts_ns[index + 1]) if index + 1 < len(self.stays) else end_ns

    def left_ns(self, index: int) -> int:
        """A thread's row goes on with the thread: it serves nobody else meanwhile. A visitor's own line does not."""
        stay, end_ns = self.stays[index], self.end_ns(index)
        return min(stay.done_ns or end_ns, end_ns) if stay.tail else end_ns

    def number(self, index: int) -> int:
        """The visitor's."""
        return self.stays[index].number

    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """The request's spans, as long as its visitor is there."""
        spans, left_ns = self.stays[index].spans, self.left_ns(index)
        for at in range(max(0, bisect_right(spans, from_ns, key=_start) - 1), len(spans)):
            span = spans[at]
            if span.start_ns >= min(to_ns, left_ns):
                return
            yield span.state, span.start_ns, min(span.end_ns, left_ns)

    def _paint(self, index: int, first: int, last: int) -> None:
        """What the worker still has of it when its visitor is gone is no state of a visit."""
        super()._paint(index, first, last)
        low = max(first, self.window.sub(self.left_ns(index)))
        if low < last and self._subs[low]:
            low += 1
        if low < last:
            self.drawn.add(GONE)
            self._subs[low:last] = bytes((GONE,)) * (last - low)

    def label(self, playhead_ns: int) -> str:
        """The row's own name, or the number of its first visitor, with dots once others have followed."""
        if self.name:
            return self.name
        index = self.before(playhead_ns)
        return f"{self.stays[0].number:>8}{' …' if index else ''}" if index >= 0 else ""

    def _fill(self, state: State, shade: int, low: int, high: int) -> None:
        """What a suspension means depends on the loop: free, or held by another."""
        if state is State.AWAITING and self.held is not None:
            self._subs[low:high] = self.held.subs(self.window, shade, low, high)
        else:
            super()._fill(state, shade, low, high)


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
