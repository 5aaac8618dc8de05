"""Every colour of the program. Styles and widgets know only the names that are defined here.

The states have the colours of Okabe and Ito's palette, which people with any colour vision can tell apart
(https://jfly.uni-koeln.de/color/); their second shades and grounds are derived from them.
"""

from __future__ import annotations

from textual.color import Color
from textual.theme import Theme

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import ALL_CODES, FIXED_NAMES, GRAIN, WAITING, name_of, state_of

STATE_COLORS = {
    State.LATE: "#E69F00",
    State.CONNECTING: "#6E7783",
    State.QUEUED: "#6E7783",  # darker than one would: to the colour-blind a lighter grey is the colour of stalled
    State.RECEIVING: "#0072B2",
    State.RUNNING: "#009E73",
    State.BLOCKED: "#D55E00",
    State.STALLED: "#CC79A7",
    State.AWAITING: "#56B4E9",
    State.SENDING: "#F0E442",
    State.BLOCKED_OR_STALLED: "#9A4030",
}
WAITING_COLOR = "#A89272"
"""Of a waterfall's bars while no byte has come: no state's colour, because it may be any of several."""
_DARK_OWN = {"gone": "#222A35", "gone-grain": "#76808C", "standing": "#4A4336", "standing-grain": "#A89272"}
_DARK_OWN |= {"answered": _DARK_OWN["gone"], "answered-grain": _DARK_OWN["gone-grain"]}
_DARK_OWN |= {"own-work": "#6C5B96", "own-work-grain": "#CFC4EA"}
_DARK_OWN |= {"own-thread": _DARK_OWN["own-work"], "own-thread-grain": _DARK_OWN["own-work-grain"]}
_DARK_OWN |= {"child-process": "#4C6A86", "child-process-grain": "#C3D6E8"}
_LIGHT_OWN = {"gone": "#D5DCE4", "gone-grain": "#6B7480", "standing": "#D9CFBF", "standing-grain": "#8A7350"}
_LIGHT_OWN |= {"answered": _LIGHT_OWN["gone"], "answered-grain": _LIGHT_OWN["gone-grain"]}
_LIGHT_OWN |= {"own-work": "#8F80B5", "own-work-grain": "#33284F"}
_LIGHT_OWN |= {"own-thread": _LIGHT_OWN["own-work"], "own-thread-grain": _LIGHT_OWN["own-work-grain"]}
_LIGHT_OWN |= {"child-process": "#7E9AB5", "child-process-grain": "#23384C"}
"""Gone and answered: little more than the empty lane, nobody waits there any more; their signs tell them apart.
Standing: the fainter half of waiting. Own work, own threads and child processes: what no state of a visitor is."""
DARK_FIXED = {
    "empty": "#171D26",
    "ink": "#0B0F14",
    "label": "#D5DBE3",
    "faint": "#8B949E",
    "mark": "#FFFFFF",
    **_DARK_OWN,
}
LIGHT_FIXED = {
    "empty": "#E3E8EE",
    "ink": "#0B0F14",
    "label": "#1F2630",
    "faint": "#5B6470",
    "mark": "#FFFFFF",
    **_LIGHT_OWN,
}
_SHADE = 0.07
GRAINS = {State.RUNNING: 0.0, State.BLOCKED: 0.03, State.AWAITING: 0.07, State.STALLED: 0.1}
"""How much darker than its bar a state's glyph is; those drawn as a few dots need more."""
_GRAIN = 0.3


def lane_variables(fixed: dict[str, str]) -> dict[str, str]:
    """`lane-running`, `lane-running-alt`, `lane-running-grain` …: a variable for each colour that a cell can have."""
    return {f"lane-{name_of(role)}": fixed.get(name_of(role)) or _shade(role) for role in ALL_CODES}


def _shade(role: int) -> str:
    plain = role - GRAIN if role >= GRAIN else role
    state = state_of(plain)
    assert state is not None or plain == WAITING, FIXED_NAMES
    color = Color.parse(WAITING_COLOR if state is None else STATE_COLORS[state])
    if state is not None and plain % 2 == 0:
        color = color.lighten(_SHADE)
    if role >= GRAIN:
        color = color.darken(GRAINS.get(state, _GRAIN) if state is not None else _GRAIN)
    return color.hex


def scrollbar(bar: str, track: str) -> dict[str, str]:
    """Textual's names for a scroll bar; its own track is black in every theme."""
    bars = dict.fromkeys(("scrollbar", "scrollbar-hover", "scrollbar-active"), bar)
    tracks = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")
    return {**bars, **dict.fromkeys((*tracks, "scrollbar-corner-color"), track)}


DARK = Theme(
    name="lab-dark",
    primary="#56B4E9",
    secondary="#8B949E",
    accent="#E69F00",
    warning="#E69F00",
    error="#D55E00",
    success="#009E73",
    foreground="#D5DBE3",
    background="#0D1117",
    surface="#0D1117",
    panel="#131A22",
    variables={
        **lane_variables(DARK_FIXED),
        **scrollbar("#303A46", "#131A22"),
        "rim": "#303A46",
        "rim-focus": "#6E7A88",
        "faint": "#8B949E",
        "footer-key-foreground": "#E69F00",
        "block-cursor-background": "#21303F",
        "block-cursor-foreground": "#FFFFFF",
        "block-cursor-text-style": "bold",
    },
)
LIGHT = Theme(
    name="lab-light",
    primary="#0072B2",
    secondary="#5B6470",
    accent="#A65F00",
    warning="#A65F00",
    error="#B34700",
    success="#007A59",
    foreground="#1F2630",
    background="#F6F8FA",
    surface="#F6F8FA",
    panel="#ECF0F4",
    dark=False,
    variables={
        **lane_variables(LIGHT_FIXED),
        **scrollbar("#C3CBD4", "#ECF0F4"),
        "rim": "#C3CBD4",
        "rim-focus": "#6E7A88",
        "faint": "#5B6470",
        "footer-key-foreground": "#A65F00",
        "block-cursor-background": "#CFE3F2",
        "block-cursor-foreground": "#1F2630",
        "block-cursor-text-style": "bold",
    },
)
OURS = ("rim", "rim-focus", "faint")


def variable_defaults() -> dict[str, str]:
    """What our style sheet needs under a theme that is not ours."""
    return {name: value for name, value in DARK.variables.items() if name.startswith("lane-") or name in OURS}
