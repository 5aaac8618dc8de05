"""Which stretch of time the columns of a pane stand for."""

from __future__ import annotations

from typing import NamedTuple

SUBS = 8
"""Sub-cells of a cell: a terminal has eighth blocks."""


class Window(NamedTuple):
    """[start_ns, end_ns) of a target's clock over so many columns; both ends are absolute monotonic time."""

    start_ns: int
    end_ns: int
    columns: int

    @property
    def subs(self) -> int:
        """How many sub-cells there are."""
        return self.columns * SUBS

    def sub(self, at_ns: int) -> int:
        """The sub-cell that holds a moment, clamped to [0, subs]."""
        subs = self.columns * SUBS
        at = (at_ns - self.start_ns) * subs // (self.end_ns - self.start_ns)
        return 0 if at < 0 else min(at, subs)

    def at(self, sub: int) -> int:
        """When a sub-cell begins (the first nanosecond that `sub` maps to it)."""
        subs = self.columns * SUBS
        return self.start_ns - (-sub * (self.end_ns - self.start_ns) // subs)

    def shown(self, playhead_ns: int) -> int:
        """How many sub-cells have begun before the playhead: what may be drawn."""
        return min(self.columns * SUBS, self.sub(playhead_ns - 1) + 1) if playhead_ns > self.start_ns else 0
