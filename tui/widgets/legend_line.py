"""What the colours and signs mean; always in view."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from tui.drawing.legend import legend
from tui.drawing.roles import EMPTY, GRAIN, LABEL, code
from tui.widgets.palette import Palette


class LegendLine(Widget):
    """Each state's sign in its colours, and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._palette: Palette | None = None

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None

    def render(self) -> Text:
        """One line."""
        palette = self._palette = self._palette or Palette(self.app.theme_variables)
        words = Style(color=palette.style((LABEL, EMPTY)).color)
        line = Text(no_wrap=True)
        for state, sign, name in legend():
            role = code(state)
            line.append(sign * 2, palette.style((role + GRAIN, role)))
            line.append(f" {name}  ", self.rich_style + words)
        line.rstrip()
        return line
