"""From the colour codes of a cell to a style of the terminal, through the theme's variables."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import (
    ALL_CODES,
    ANSWERED,
    BAR_CODES,
    GONE,
    GRAIN,
    INK,
    MARK_INK,
    Cell,
    code,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.color import Color as RichColor
    from textual.app import App

_colours = itemgetter(1, 2)
_GREY_GRAIN = 0.3
_SOLID = frozenset({code(State.RUNNING), code(State.RUNNING, 1), GONE, ANSWERED})


class Palette:
    """Styles for cells under one theme; made anew when the theme changes."""

    def __init__(self, variables: Mapping[str, str], *, grey: bool = False, few: bool = False) -> None:
        colors = {role: Color.parse(variables[f"lane-{name_of(role)}"]) for role in ALL_CODES}
        if grey:
            # With no colours to tell states apart, their glyphs must stand out from their bars.
            colors |= {r + GRAIN: colors[r].darken(_GREY_GRAIN) for r in BAR_CODES if r not in _SOLID}
        if few:
            # Of sixteen colours a glyph and its bar would often get the same one; the ink of numbers never does.
            colors |= {r + GRAIN: colors[INK] for r in BAR_CODES if r not in _SOLID}
        self._colors = {role: color.rich_color for role, color in colors.items()}
        self._styles: dict[tuple[int, int], Style] = {}

    @classmethod
    def for_app(cls, app: App[Any]) -> Palette:
        """Under the app's theme; NO_COLOR is honoured, and so is a terminal of sixteen colours."""
        return cls(app.theme_variables, grey=app.no_color, few=_has_few_colours(app))

    def style(self, colours: tuple[int, int]) -> Style:
        """The style of (paint, ground)."""
        style = self._styles.get(colours)
        if style is None:
            paint, ground = colours
            style = self._styles[colours] = _style(
                self._colors[paint], self._colors[ground], bold=paint in (INK, MARK_INK)
            )
        return style

    def segments(self, cells: Sequence[Cell]) -> list[Segment]:
        """Neighbours of the same colours in one segment."""
        return [
            Segment("".join([cell[0] for cell in run]), self.style(colours))
            for colours, run in groupby(cells, _colours)
        ]


@lru_cache(maxsize=1 << 12)
def _style(paint: RichColor, ground: RichColor, *, bold: bool) -> Style:
    """One for all palettes: of equal styles Textual keeps the escape codes with the first, and looks up the others'."""
    return Style(color=paint, bgcolor=ground, bold=bold or None)


def _has_few_colours(app: App[Any]) -> bool:
    """A picture has all of them, wherever it is made."""
    return not app.is_headless and app.console.color_system == "standard"
