"""What the colours and signs mean; always in view."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from scenarios.trace.states import State
from tui.drawing.legend import legend
from tui.drawing.roles import EMPTY, GRAIN, LABEL, code
from tui.widgets.palette import Palette


class LegendLine(Widget):
    """Each state's sign in its colours, and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._palette: Palette | None = None
        self._drawn: frozenset[State] = frozenset()

    def tell(self, drawn: frozenset[State]) -> None:
        """Explain these states too."""
        if legend(drawn) != legend(self._drawn):
            self._drawn = drawn
            self.refresh(layout=True)

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None

    def render(self) -> Text:
        """One line; signs are broad where there is room."""
        broad = self._line(2)
        return broad if broad.cell_len <= self.screen.size.width - 2 else self._line(1)

    def _line(self, breadth: int) -> Text:
        palette = self._palette = self._palette or Palette.of(self.app)
        words = self.rich_style + Style(color=palette.style((LABEL, EMPTY)).color)
        line = Text(no_wrap=True)
        for state, sign, name in legend(self._drawn):
            role = code(state)
            line.append(sign * breadth, palette.style((role + GRAIN, role)))
            line.append(f" {name}  ", words)
        line.rstrip()
        return line
