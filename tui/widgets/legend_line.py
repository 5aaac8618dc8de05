"""What the colours and signs mean; always in view.

A line with words at its left and its right end; where both do not fit, shorter ones are taken.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.widget import Widget

from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, GRAIN, LABEL, LONG, SHORT, UNPAINTED, WORDS, legend
from asgi_vs_wsgi.tui.widgets.lane_colors import Palette

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


BESIDE_STATUS = 150
"""Columns of a screen on which the status line stands beside it."""
STATUS = 90
"""Columns that are left to it there."""


class LegendLine(Widget):
    """Each state's sign in its colours, and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._palette: Palette | None = None
        self._drawn: frozenset[int] = frozenset()

    def tell(self, drawn: frozenset[int]) -> None:
        """Explain these roles too."""
        if drawn & WORDS.keys() != self._drawn:
            self._drawn = drawn & WORDS.keys()
            self.refresh(layout=True)

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._palette = None

    def render(self) -> Text:
        """One line; signs are broad and words long where there is room, and words short where there is none."""
        width = self.screen.size.width
        room = width - (STATUS if width >= BESIDE_STATUS else 2)
        long = {role: words for role, words in LONG.items() if role in self._drawn}
        lines = [self._line(2, long), self._line(1, long), self._line(2), self._line(1), self._line(1, SHORT)]
        return next((line for line in lines if line.cell_len <= room), lines[-1])

    def _line(self, breadth: int, short: Mapping[int, str] = MappingProxyType({})) -> Text:
        palette = self._palette = self._palette or Palette.for_app(self.app)
        words = self.rich_style + Style(color=palette.style((LABEL, EMPTY)).color)
        line = Text(no_wrap=True)
        for role, sign, name in legend(self._drawn):
            if role in UNPAINTED:
                line.append(sign, words)
            else:
                line.append(sign * breadth, palette.style((role + GRAIN, role)))
            line.append(f" {short.get(role, name)}  ", words)
        line.rstrip()
        return line


class EdgeLine(Widget):
    """Each end is a list of wordings, the fullest first."""

    def __init__(self, place: str) -> None:
        super().__init__(id=place)
        self._left: tuple[Content, ...] = (Content(),)
        self._right: tuple[Content, ...] = (Content(),)

    def say(self, left: Sequence[Content], right: Sequence[Content]) -> None:
        """Show these words, if they are not what is shown already."""
        if not (_same(left, self._left) and _same(right, self._right)):
            self._left, self._right = tuple(left), tuple(right)
            self.refresh()

    def render(self) -> Content:
        """The fullest pair that fits; the right end gives way first."""
        width = self.size.width
        for left in self._left:
            for right in self._right:
                gap = width - left.cell_length - right.cell_length
                if gap >= 2 or (gap >= 0 and not (left and right)):
                    return Content.assemble(left, " " * gap, right)
        return self._left[-1].truncate(width, ellipsis=True)


def _same(some: Sequence[Content], others: Sequence[Content]) -> bool:
    return len(some) == len(others) and all(one.is_same(other) for one, other in zip(some, others, strict=True))
