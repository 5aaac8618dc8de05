"""A row of cells that keeps what it has drawn and adds only what the playhead has reached since.

window      |0 . . . . . . . . . . . . . . .|
drawn       |▓▓▓▓1▓▓▓▓▒▒▒▒3▒▒               |
next frame                  ▒▒               only these change
going back            ▒▒▒                    wiped from the end

Whose bars are marked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from asgi_vs_wsgi.scenarios.trace.states import FOREVER
from asgi_vs_wsgi.tui.drawing.glyphs import BLANK, Cell, cells_of, shown_by
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window


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
