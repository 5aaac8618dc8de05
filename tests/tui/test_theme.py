"""The states' colours can be told apart by people with any colour vision; a chosen theme is remembered.

Colour blindness is computed with the matrices of Machado, Oliveira and Fernandes (2009, severity 1.0), on linear RGB;
distances are CIE 1976 ones in Lab. No state is told by colour alone: each has a glyph, and those that are closest
differ in theirs.
"""

from __future__ import annotations

from itertools import combinations

import pytest
from frame_rules import SIGN, TEXT, contrast
from made_app import MadeApp
from textual.color import Color
from textual.theme import Theme

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui import user_data
from asgi_vs_wsgi.tui.drawing.glyphs import GLYPHS
from asgi_vs_wsgi.tui.modes import knee_curve, ladder_curve
from asgi_vs_wsgi.tui.theme import COLOUR_BLIND, HIGH_CONTRAST, OURS
from asgi_vs_wsgi.tui.user_data import THEMES, choose_theme, read_preferences

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


def distance(one: str, other: str, vision: str) -> float:
    pairs = zip(lab(one, vision), lab(other, vision), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


OWN = ("first-byte", "last-byte", "own-work", "child-process")


@pytest.mark.parametrize("theme", OURS.values(), ids=OURS)
@pytest.mark.parametrize("vision", MATRICES)
def test_any_two_things_that_are_drawn_are_told_apart_by_their_colours(vision: str, theme: Theme):
    """States, what else stands on lanes, and the bars of figures, which are of no state."""
    states = [state.label for state in State if state is not State.CONNECTING]
    colors = {name: theme.variables[f"lane-{name}"] for name in (*states, *OWN)}
    colors["figure"] = theme.variables["figure"]
    pairs = {pair: distance(colors[pair[0]], colors[pair[1]], vision) for pair in combinations(colors, 2)}
    assert not {pair: round(apart, 1) for pair, apart in pairs.items() if apart < LEAST}


@pytest.mark.parametrize("theme", OURS.values(), ids=OURS)
@pytest.mark.parametrize("vision", MATRICES)
def test_no_curve_and_no_point_of_a_server_has_the_colour_of_a_state(vision: str, theme: Theme):
    styles = {*ladder_curve.STYLES, *(knee_curve.STYLES[kind] for kind in (knee_curve.CURVE, knee_curve.POINT))}
    for name in (style.partition("$")[2] for style in styles):
        color = theme.variables.get(name) or getattr(theme, name)
        near = {state.label: distance(color, theme.variables[f"lane-{state.label}"], vision) for state in State}
        assert not {label: round(apart, 1) for label, apart in near.items() if apart < LEAST}, name


def lane(theme: Theme, name: str) -> str:
    return Color.parse(theme.variables[f"lane-{name}"]).hex6.lower()


SHADES = ("", "-alt")


@pytest.mark.parametrize("theme", OURS.values(), ids=OURS)
def test_every_bar_stands_out_from_the_empty_lane_and_its_number_from_the_bar(theme: Theme):
    for state in State:
        for bar in (lane(theme, f"{state.label}{shade}") for shade in SHADES):
            assert contrast(bar, lane(theme, "empty")) >= SIGN, state
            assert contrast(bar, lane(theme, "ink")) >= TEXT or state in IN_LINE, state
    for name in OWN:
        assert contrast(lane(theme, name), lane(theme, "empty")) >= SIGN
        assert contrast(lane(theme, name), lane(theme, f"{name}-grain")) >= SIGN
    assert contrast(lane(theme, "gone"), lane(theme, "gone-grain")) >= SIGN
    assert contrast(lane(theme, "mark-ink"), lane(theme, "mark-ground")) >= TEXT
    assert contrast(lane(theme, "mark"), lane(theme, "empty")) >= TEXT


@pytest.mark.parametrize("theme", OURS.values(), ids=OURS)
def test_a_scroll_bar_is_seen_on_its_track(theme: Theme):
    assert contrast(theme.variables["scrollbar"].lower(), theme.variables["scrollbar-background"].lower()) >= SIGN


@pytest.mark.parametrize("theme", [HIGH_CONTRAST, COLOUR_BLIND], ids=lambda theme: theme.name)
def test_where_colours_are_not_to_be_trusted_every_sign_stands_out_from_its_bar(theme: Theme):
    for state in set(State) - {State.RUNNING}:  # whose bars are the solid ones
        for shade in SHADES:
            bar, sign = lane(theme, f"{state.label}{shade}"), lane(theme, f"{state.label}{shade}-grain")
            assert contrast(bar, sign) >= SIGN, state


def test_each_state_has_a_glyph_of_its_own():
    assert len(set(GLYPHS.values())) == len(GLYPHS)


@pytest.mark.anyio
@pytest.mark.parametrize("name", THEMES)
async def test_a_chosen_theme_is_remembered(name: str):
    made = MadeApp()
    async with made.app.run_test() as pilot:
        await made.app.run_action(f"choose_theme('{name}')")
        await pilot.pause()
        assert made.app.theme == name
    assert read_preferences().theme == name
    again = MadeApp()
    again.app.use_preferences()
    assert again.app.theme == name


def test_a_theme_of_the_command_line_is_used_now_and_remembered(monkeypatch):
    monkeypatch.setattr(user_data, "_asked_for", [])
    choose_theme("lab-high-contrast")
    choose_theme(None)
    made = MadeApp()
    made.app.use_preferences()
    assert made.app.theme == "lab-high-contrast"
    monkeypatch.setattr(user_data, "_asked_for", [])
    assert read_preferences().theme == "lab-high-contrast"


def test_where_no_home_keeps_it_the_theme_of_the_command_line_holds_for_this_time(monkeypatch):
    monkeypatch.setattr(user_data, "_asked_for", [])
    monkeypatch.setattr(user_data, "_file", lambda: None)
    choose_theme("lab-light")
    assert read_preferences().theme == "lab-light"


@pytest.mark.parametrize(
    ("word", "guess"), [("lab-lite", "`lab-light`"), ("colour-blind", "`lab-colour-blind`"), ("Lab-Dark", "`lab-dark`")]
)
def test_an_unknown_theme_is_one_line_with_a_guess(word: str, guess: str):
    with pytest.raises(BadInput) as refused:
        choose_theme(word)
    assert "\n" not in refused.value.one_line()
    assert f"there is no `{word}`" in refused.value.one_line()
    assert guess in refused.value.one_line()
