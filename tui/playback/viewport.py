"""Which stretch of the shared time axis is in view: all of it, or a part that follows the playhead."""

from __future__ import annotations

MOST_ZOOM = 12


_PAGE = 0.8


class Viewport:
    """Zoom 0 fits everything; each step halves the stretch."""

    def __init__(self) -> None:
        self.zoom = 0
        self._last_zoom = 2
        self.held: tuple[int, int] | None = None
        """A stretch that stays in view, while somebody moves the playhead on it with the mouse."""

    def change(self, steps: int) -> None:
        """Closer or further."""
        self.zoom = max(0, min(MOST_ZOOM, self.zoom + steps))

    def toggle(self) -> None:
        """From fitting everything to following the playhead, and back."""
        if self.zoom:
            self._last_zoom, self.zoom = self.zoom, 0
        else:
            self.zoom = self._last_zoom

    def stretch(self, extent_ns: int, position_ns: int) -> tuple[int, int]:
        """(from, to) in nanoseconds since the first visitor."""
        if self.held is not None:
            return self.held
        extent_ns = max(1000, extent_ns)
        if not self.zoom:
            return 0, extent_ns + extent_ns // 100
        length = max(1000, extent_ns >> self.zoom)
        page = int(length * _PAGE)
        start = max(0, position_ns - 1) // page * page
        return start, start + length
