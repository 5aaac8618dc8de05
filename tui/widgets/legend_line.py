"""What the colours and signs mean; always in view."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from tui.drawing.legend import SHORT, legend
from tui.drawing.roles import EMPTY, GRAIN, LABEL
from tui.widgets.palette import Palette


class LegendLine(Widget):
    """Each state's sign in its colours, and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._palette: Palette | None = None
        self._drawn: frozenset[int] = frozenset()

    def tell(self, drawn: frozenset[int]) -> None:
        """Explain these roles too."""
        if legend(drawn) != legend(self._drawn):
            self._drawn = drawn
            self.refresh(layout=True)

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None

    def render(self) -> Text:
        """One line; signs are broad where there is room, and words short where there is none."""
        lines = [self._line(2), self._line(1), self._line(1, SHORT)]
        return next((line for line in lines if line.cell_len <= self.screen.size.width - 2), lines[-1])

    def _line(self, breadth: int, short: Mapping[int, str] = MappingProxyType({})) -> Text:
        palette = self._palette = self._palette or Palette.of(self.app)
        words = self.rich_style + Style(color=palette.style((LABEL, EMPTY)).color)
        line = Text(no_wrap=True)
        for role, sign, name in legend(self._drawn):
            line.append(sign * breadth, palette.style((role + GRAIN, role)))
            line.append(f" {short.get(role, name)}  ", words)
        line.rstrip()
        return line
