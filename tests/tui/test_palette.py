"""Colours of lanes as a terminal of few colours gets them: the glyph still tells the state."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import GRAIN, INK, code
from asgi_vs_wsgi.tui.theme import OURS
from asgi_vs_wsgi.tui.widgets.lane_lines import Palette

GRAINED = [state for state in State if state is not State.RUNNING]
"""A running bar is solid."""


@pytest.mark.parametrize("theme", OURS.values(), ids=OURS)
@pytest.mark.parametrize("shade", [0, 1])
@pytest.mark.parametrize("state", GRAINED, ids=lambda state: state.label)
def test_of_sixteen_colours_a_glyph_has_not_that_of_its_bar(state: State, shade: int, theme):
    palette = Palette(theme.variables, few=True)
    for paint in (code(state, shade) + GRAIN, INK):
        style = palette.style((paint, code(state, shade)))
        assert seen(style.color) != seen(style.bgcolor)


def seen(color: Color | None) -> int | None:
    assert color is not None
    return color.downgrade(ColorSystem.STANDARD).number
