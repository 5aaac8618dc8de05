"""A row of cells that keeps what it has drawn and adds only what the playhead has reached since.

window      |0 . . . . . . . . . . . . . . .|
drawn       |▓▓▓▓1▓▓▓▓▒▒▒▒3▒▒               |
next frame                  ▒▒               only these change
going back            ▒▒▒                    wiped from the end

Whose bars are marked.

A row of bars: disjoint stretches of time in order, each of one visitor, coloured by what it did.

Where more bars than sub-cells crowd a row, each sub-cell shows the last one that begins in it, found by
bisection: the cost of a row is bounded by its width, not by the length of the run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.tui.drawing.glyphs import (
    BLANK,
    BUSY,
    EMPTY,
    LABEL,
    MARK,
    MARK_GROUND,
    MARK_INK,
    Cell,
    cells_of,
    code,
    ink,
    shown_by,
    told_by,
)
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Selection:
    """The visitor that somebody has chosen, by number; 0 for nobody. All rows of a target share one."""

    def __init__(self) -> None:
        self.marked = 0
        """Whose bars are marked: the same visitor's on every target."""
        self.number = 0
        """The same, on the target that the story is about; 0 on the others."""


NO_WINDOW = Window(0, 1, 0)


class Row(ABC):
    """One row of a pane; whoever keeps a picture of it asks once a frame what has changed (`settle`)."""

    def __init__(self) -> None:
        self.window = NO_WINDOW
        self.cells: list[Cell] = []
        self.stale_ns = FOREVER
        """From when on the recording has changed since it was drawn."""
        self._shown = 0
        self._subs = bytearray()
        self._changes: list[tuple[int, int]] = []

    @property
    def drawn(self) -> frozenset[int]:
        """The roles whose signs stand in the row now, each in its first shade."""
        return shown_by({paint for _, paint, _ in self.cells} | {ground for _, _, ground in self.cells})

    def touch(self, at_ns: int) -> None:
        """The recording says something new about `at_ns` and what follows."""
        if at_ns < self.stale_ns:
            self.stale_ns = at_ns

    def show(self, window: Window, playhead_ns: int) -> None:
        """Bring the cells up to the playhead."""
        shown = window.shown(playhead_ns)
        if window != self.window or not shown:
            self._begin(window)
        elif shown < self._shown:
            self._go_back(shown)
        stale = window.sub(self.stale_ns)
        if shown > self._shown or stale < shown:
            # The sub-cell under the last playhead was drawn before it was over: once more, and whole columns.
            self._draw(max(0, min(self._shown - 1, stale)) // SUBS * SUBS, shown)
        self.stale_ns, self._shown = FOREVER, shown

    def _go_back(self, shown: int) -> None:
        """Wipe what comes after, and leave the last sub-cell to be drawn as if the playhead had just reached it."""
        columns, old = -(-shown // SUBS), -(-self._shown // SUBS)
        self._subs[shown:] = bytes(len(self._subs) - shown)
        self.cells[columns:] = [BLANK] * (len(self.cells) - columns)
        self._shown = shown - 1
        self._note(columns - 1, old)

    def _begin(self, window: Window) -> None:
        self.window = window
        self._shown = 0
        self._subs = bytearray(window.subs)
        self.cells = [BLANK] * window.columns
        self._changes = [(0, window.columns)]

    def _note(self, first: int, last: int) -> None:
        """The columns of [first, last) have changed."""
        if first < last:
            self._changes.append((first, last))

    def settle(self) -> list[tuple[int, int]]:
        """Which columns, [from, to), have changed since the last time."""
        changes, self._changes = self._changes, []
        return changes

    def _to_cells(self, from_sub: int, to_sub: int) -> None:
        """Turn the sub-cells of [from_sub, to_sub) into cells."""
        first, last = from_sub // SUBS, -(-to_sub // SUBS)
        self.cells[first:last] = cells_of(self._subs, first, last)
        self._note(first, last)

    def group(self, column: int) -> bytes:
        """The sub-cells of one cell."""
        return bytes(self._subs[column * SUBS : (column + 1) * SUBS])

    @abstractmethod
    def label(self, playhead_ns: int) -> str:
        """What stands before the cells."""

    @abstractmethod
    def _draw(self, from_sub: int, shown: int) -> None:
        """Draw the sub-cells of [from_sub, shown), or more, and note what changed."""


Piece = tuple[State, int, int]
"""(state, from, to)."""

BESIDE_NUMBER = 1.5
"""So many columns of a bar must be left beside its number."""


EDGES = "▌▐█"
"""Of a marked bar: its first column, its last, and the only one of a bar that has no more."""


def _length(piece: Piece) -> int:
    return piece[2] - piece[1]


class BarRow(Row):
    """What rows of bars have in common: find the bars in sight, paint them, put the numbers on them."""

    def __init__(self, chosen: Selection) -> None:
        super().__init__()
        self.chosen = chosen
        self.starts_ns: list[int] = []
        self._end: tuple[int, str] | None = None
        """When the worker ended, and by which sign that is told."""
        self._ending: frozenset[int] = frozenset()
        """That sign for the legend, once it is told."""
        self._numbers: dict[int, tuple[int, int]] = {}
        """Bar to the column and length of the number on it."""

    def end_with(self, at_ns: int, sign: str) -> None:
        """The worker has ended; nothing of it comes after."""
        self._end = at_ns, sign
        self.touch(at_ns)

    @property
    def drawn(self) -> frozenset[int]:
        """The sign of its worker's end too, which stands beside the worker's name as well."""
        return super().drawn | self._ending

    def show(self, window: Window, playhead_ns: int) -> None:
        """Bring the cells up to the playhead."""
        super().show(window, playhead_ns)
        told = self._end is not None and playhead_ns > self._end[0]
        self._ending = frozenset(told_by(self._end[1])) if told and self._end else frozenset()

    def named(self, name: str, playhead_ns: int) -> str:
        """The worker's name as it is then: its end is not told before it is shown."""
        if self._end is None or playhead_ns > self._end[0]:
            return name
        return name.replace(f" {self._end[1]}", "", 1)

    @abstractmethod
    def end_ns(self, index: int) -> int:
        """When a bar ends, FOREVER while it lasts."""

    def left_ns(self, index: int) -> int:
        """When its visitor is gone, which may be before the bar ends."""
        return self.end_ns(index)

    @abstractmethod
    def number(self, index: int) -> int:
        """Whose bar it is; 0: no visitor's."""

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
            self._put_ticks(index, low, high)
            self._numbers.pop(index, None)
            self._write_number(index, high)
            if self.chosen.marked and self.number(index) == self.chosen.marked:
                self._mark(index, low, high)
        if self._end is not None:
            self._write_end(*self._end, from_sub, shown)

    def _write_end(self, at_ns: int, sign: str, from_sub: int, shown: int) -> None:
        """In the column after the last bar, where the end is in sight and the playhead has come to it."""
        sub = self.window.sub(at_ns)
        if self.window.start_ns <= at_ns < self.window.end_ns and from_sub <= sub < shown:
            column = sub // SUBS
            self.cells[column] = (sign, LABEL, EMPTY)
            self._note(column, column + 1)

    def _wipe_number(self, from_sub: int) -> None:
        """Uncover the bar that reaches into what is drawn anew."""
        index = self.before(self.window.at(from_sub + 1))
        if index in self._numbers and self.window.sub(self.end_ns(index)) > from_sub:
            column, length = self._numbers.pop(index)
            self._to_cells(column * SUBS, (column + length) * SUBS)
            self._put_ticks(index, column * SUBS, (column + length) * SUBS)

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
        self._fill(state, index % 2, low, high)

    def _fill(self, state: State, shade: int, low: int, high: int) -> None:
        self._subs[low:high] = bytes((code(state, shade),)) * (high - low)

    def _put_ticks(self, index: int, low: int, high: int) -> None:
        """What stands on a bar beside its number, in the sub-cells [low, high)."""

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
            self.cells[at] = (self.cells[at][0], MARK_INK, MARK_GROUND)
        ends = self.window.sub(self.end_ns(index)) <= high
        for at, edge in ((start, EDGES[0]), (last, EDGES[1])):
            if low // SUBS <= at and (ends or at == start):
                self.cells[at] = (edge if start < last else EDGES[2], MARK, self._ground(at))
        self._note(low // SUBS, last + 1)

    def _ground(self, column: int) -> int:
        return self._subs[column * SUBS + SUBS // 2]
