"""Says how large the terminal should be, in place of lanes that cannot be read.

Too small: 50x12, needs 60x16. q quits.

Other keys do nothing meanwhile: a run would begin unseen.
"""

from __future__ import annotations

from textual.widget import Widget

COLUMNS, LINES = 60, 16
"""Below, panes have no lanes or words are cut everywhere."""


class TooSmall(Widget):
    """Lies over the screen while it has the class."""

    SHOWN = "-too-small"
    """The screen's class."""

    def render(self) -> str:
        """It is drawn anew when the size changes."""
        return f"Too small: {self.size.width}x{self.size.height}, needs {COLUMNS}x{LINES}. q quits."
