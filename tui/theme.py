"""Every colour of the program, in four themes. Styles and widgets know only the names that are defined here.

The states have the colours of Okabe and Ito's palette, which people with any colour vision can tell apart
(https://jfly.uni-koeln.de/color/), others where the ground is light; second shades and signs are derived from them.
Words stand out from their ground by 4.5 to 1 at least, and a state's bar from the empty lane by 3 to 1. For those to
whom colours say little, two themes have signs that stand out from their bars by 3 to 1 as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.color import Color
from textual.theme import Theme

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import ALL_CODES, FIXED_NAMES, GRAIN, OWN_NAMES, name_of, state_of
from asgi_vs_wsgi.tui.user_data import THEMES

if TYPE_CHECKING:
    from collections.abc import Mapping


class LaneColors(NamedTuple):
    """What the cells of lanes look like."""

    states: Mapping[State, str]
    fixed: Mapping[str, str]
    """Words, grounds, and bars of what is no state; their signs are `-grain`."""
    shade: float
    """How much lighter the other shade of a state is; below 0: darker."""
    signs: Mapping[State, str] = {}
    """Where signs have a colour of their own, by state: see `_sign`."""


OKABE_ITO = {
    State.LATE: "#E69F00",
    State.CONNECTING: "#6E7783",
    State.QUEUED: "#6E7783",  # darker than one would: to the colour-blind a lighter grey is the colour of stalled
    State.RECEIVING: "#2484C4",
    State.RUNNING: "#009E73",
    State.BLOCKED: "#D55E00",
    State.STALLED: "#CC79A7",
    State.AWAITING: "#56B4E9",
    State.SENDING: "#F0E442",
    State.BLOCKED_OR_STALLED: "#C4665C",
}
ON_LIGHT = {
    State.LATE: "#946400",
    State.CONNECTING: "#444A4B",
    State.QUEUED: "#444A4B",
    State.RECEIVING: "#5A5E88",
    State.RUNNING: "#0C7E74",
    State.BLOCKED: "#903300",
    State.STALLED: "#BA1AB0",
    State.AWAITING: "#004BD9",
    State.SENDING: "#826C30",
    State.BLOCKED_OR_STALLED: "#774120",
}
_DARK_OWN = {
    "first-byte": "#998B42",
    "first-byte-grain": "#3F3A14",
    "last-byte": "#F4E8F6",
    "last-byte-grain": "#7C6A80",
}
_DARK_OWN |= {"gone": "#222A35", "gone-grain": "#8D97A3", "own-work": "#89659F", "own-work-grain": "#E4D9EC"}
_DARK_OWN |= {"child-process": "#A7ABCA", "child-process-grain": "#3E4468"}
_LIGHT_OWN = {
    "first-byte": "#49764F",
    "first-byte-grain": "#D2E6D5",
    "last-byte": "#243206",
    "last-byte-grain": "#B4BF95",
}
_LIGHT_OWN |= {"gone": "#D5DCE4", "gone-grain": "#5B6470", "own-work": "#85248F", "own-work-grain": "#E3B8E7"}
_LIGHT_OWN |= {"child-process": "#312A5E", "child-process-grain": "#B9B2E4"}
"""Gone and answered: little more than the empty lane, nobody waits there any more; their signs tell them apart.
First byte, last byte: of a waterfall. Own work, own threads and child processes: what no state of a visitor is."""


def _own(colors: Mapping[str, str]) -> dict[str, str]:
    """With those that look like another."""
    alike = (("answered", "gone"), ("own-thread", "own-work"))
    return dict(colors) | {f"{to}{end}": colors[f"{of}{end}"] for to, of in alike for end in ("", "-grain")}


DARK_FIXED = {
    "empty": "#171D26",
    "ink": "#0B0F14",
    "label": "#D5DBE3",
    "faint": "#8B949E",
    "mark": "#FFFFFF",
    "mark-ink": "#FFFFFF",
    "mark-ground": "#000000",
    **_own(_DARK_OWN),
}
LIGHT_FIXED = {
    "empty": "#E3E8EE",
    "ink": "#FFFFFF",
    "label": "#1F2630",
    "faint": "#565F6A",
    "mark": "#000000",
    "mark-ink": "#000000",
    "mark-ground": "#FFFFFF",
    **_own(_LIGHT_OWN),
}
BLACK_FIXED = {**DARK_FIXED, "empty": "#000000", "ink": "#000000", "label": "#FFFFFF", "faint": "#D6D6D6"}
DARK_SIGN, PALE_SIGN = "#000000", "#FFFFFF"
MOSTLY_SIGN = (State.BLOCKED, State.BLOCKED_OR_STALLED)
"""Their signs fill most of a cell: dark ones would turn the bar into the empty lane."""
SIGNS: dict[State, str] = {
    state: PALE_SIGN if state in MOSTLY_SIGN else DARK_SIGN for state in State if state is not State.RUNNING
}
LANES_DARK = LaneColors(OKABE_ITO, DARK_FIXED, 0.07)
LANES_LIGHT = LaneColors(ON_LIGHT, LIGHT_FIXED, -0.05)
LANES_COLOUR_BLIND = LaneColors(OKABE_ITO, DARK_FIXED, 0.07, SIGNS)
LANES_HIGH_CONTRAST = LaneColors(OKABE_ITO, BLACK_FIXED, 0.07, SIGNS)
GRAINS = {State.RUNNING: 0.0, State.BLOCKED: 0.03, State.AWAITING: 0.07, State.STALLED: 0.1}
"""How much darker than its bar a state's sign is; those drawn as a few dots need more."""
_GRAIN = 0.38


def lane_variables(colors: LaneColors) -> dict[str, str]:
    """`lane-running`, `lane-running-alt`, `lane-running-grain` …: a variable for each colour that a cell can have."""
    return {f"lane-{name_of(role)}": colors.fixed.get(name_of(role)) or _shade(role, colors) for role in ALL_CODES}


def _shade(role: int, colors: LaneColors) -> str:
    plain = role - GRAIN if role >= GRAIN else role
    state = state_of(plain)
    assert state is not None, (FIXED_NAMES, OWN_NAMES)
    color = Color.parse(colors.states[state])
    if plain % 2 == 0:
        color = color.lighten(colors.shade)
    return _sign(state, color, colors).hex if role >= GRAIN else color.hex


def _sign(state: State, bar: Color, colors: LaneColors) -> Color:
    """A texture on the bar, or what tells the state without it."""
    if state in colors.signs:
        return Color.parse(colors.signs[state])
    by = GRAINS.get(state, _GRAIN)
    return bar.lighten(by) if colors.shade < 0 else bar.darken(by)


def scrollbar(bar: str, track: str) -> dict[str, str]:
    """Textual's names for a scroll bar, which tells that there is more; its own track is black in every theme."""
    bars = dict.fromkeys(("scrollbar", "scrollbar-hover", "scrollbar-active"), bar)
    tracks = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")
    return {**bars, **dict.fromkeys((*tracks, "scrollbar-corner-color"), track)}


def _on_dark(name: str, lanes: LaneColors, **changed: str) -> Theme:
    """A theme of light words on a dark ground; `changed` are other colours than those of lab-dark."""
    colors = {
        "primary": "#56B4E9",
        "secondary": "#8B949E",
        "accent": "#E69F00",
        "warning": "#E69F00",
        "error": "#E8681A",
        "success": "#009E73",
        "foreground": "#D5DBE3",
        "background": "#0D1117",
        "surface": "#0D1117",
        "panel": "#131A22",
        "rim": "#303A46",
        "rim_focus": "#6E7A88",
        "cursor": "#1B2733",
        "figure": "#D4BDB2",
    } | changed
    rim, rim_focus, cursor, figure = (colors.pop(key) for key in ("rim", "rim_focus", "cursor", "figure"))
    variables = {
        **lane_variables(lanes),
        **scrollbar(rim_focus, colors["panel"]),
        "rim": rim,
        "rim-focus": rim_focus,
        "faint": lanes.fixed["faint"],
        "figure": figure,
        "footer-key-foreground": colors["accent"],
        "block-cursor-background": cursor,
        "block-cursor-foreground": "#FFFFFF",
        "block-cursor-text-style": "bold",
    }
    return Theme(name=name, variables=variables, **colors)  # type: ignore[arg-type]


DARK = _on_dark("lab-dark", LANES_DARK)
COLOUR_BLIND = _on_dark("lab-colour-blind", LANES_COLOUR_BLIND, success="#56B4E9", error="#F0894D", primary="#C9D1DA")
HIGH_CONTRAST = _on_dark(
    "lab-high-contrast",
    LANES_HIGH_CONTRAST,
    primary="#8FD3FF",
    secondary="#D6D6D6",
    accent="#FFC247",
    warning="#FFC247",
    error="#FF9A66",
    success="#4DE0A8",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#000000",
    rim="#8A8A8A",
    rim_focus="#FFFFFF",
    cursor="#1F3A57",
)
LIGHT = Theme(
    name="lab-light",
    primary="#005F9A",
    secondary="#565F6A",
    accent="#8A4F00",
    warning="#8A4F00",
    error="#A83F00",
    success="#006B4E",
    foreground="#1F2630",
    background="#F6F8FA",
    surface="#F6F8FA",
    panel="#ECF0F4",
    dark=False,
    variables={
        **lane_variables(LANES_LIGHT),
        **scrollbar("#6E7A88", "#ECF0F4"),
        "rim": "#C3CBD4",
        "rim-focus": "#6E7A88",
        "faint": "#565F6A",
        "figure": "#3B2A40",
        "footer-key-foreground": "#8A4F00",
        "block-cursor-background": "#CFE3F2",
        "block-cursor-foreground": "#1F2630",
        "block-cursor-text-style": "bold",
    },
)
OURS = {theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND)}
assert set(OURS) == set(THEMES)
_NAMES = ("rim", "rim-focus", "faint", "figure")


def variable_defaults() -> dict[str, str]:
    """What our style sheet needs under a theme that is not ours."""
    return {name: value for name, value in DARK.variables.items() if name.startswith("lane-") or name in _NAMES}
