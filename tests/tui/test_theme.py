"""The states' colours can be told apart by people with any colour vision; a chosen theme is remembered.

Colour blindness is computed with the matrices of Machado, Oliveira and Fernandes (2009, severity 1.0), on linear RGB;
distances are CIE 1976 ones in Lab. No state is told by colour alone: each has a glyph, and those that are closest
differ in theirs.
"""

from __future__ import annotations

from itertools import combinations

import pytest
from made_app import MadeApp
from textual.color import Color

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import GLYPHS
from asgi_vs_wsgi.tui.theme import STATE_COLORS
from asgi_vs_wsgi.tui.user_data import read_preferences

MATRICES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
LEAST = 10.0
"""Twice what is seen at a glance as another colour (5)."""
IN_LINE = {State.QUEUED, State.CONNECTING}
"""One colour on purpose: both stand in line."""


def linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def lab(color: str, vision: str) -> tuple[float, float, float]:
    rgb = [linear(value) for value in Color.parse(color).rgb]
    r, g, b = (max(0.0, sum(m * v for m, v in zip(row, rgb, strict=True))) for row in MATRICES[vision])
    x, y, z = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: State, other: State, vision: str) -> float:
    pairs = zip(lab(STATE_COLORS[one], vision), lab(STATE_COLORS[other], vision), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


@pytest.mark.parametrize("vision", MATRICES)
def test_any_two_states_are_told_apart_by_their_colours(vision: str):
    pairs = [pair for pair in combinations(State, 2) if set(pair) != IN_LINE]
    close = {pair: round(distance(*pair, vision), 1) for pair in pairs if distance(*pair, vision) < LEAST}
    assert not close


def test_each_state_has_a_glyph_of_its_own():
    assert len(set(GLYPHS.values())) == len(GLYPHS)


@pytest.mark.anyio
async def test_a_chosen_theme_is_remembered():
    made = MadeApp()
    async with made.app.run_test() as pilot:
        await made.app.run_action("choose_theme('lab-light')")
        await pilot.pause()
        assert made.app.theme == "lab-light"
    assert read_preferences().theme == "lab-light"
    again = MadeApp()
    again.app.use_preferences()
    assert again.app.theme == "lab-light"
