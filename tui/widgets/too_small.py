"""Says how large the terminal should be, in place of lanes that cannot be read.

This terminal is 40x10;
asgi-vs-wsgi needs 60x16.
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
        return f"The screen needs {COLUMNS}x{LINES}; this terminal has {self.size.width}x{self.size.height}. q quits."
