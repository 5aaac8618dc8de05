"""What a cell can mean: one byte per sub-cell, a glyph and two shades per state.

    0        empty
    1 + 2s   state s                 neighbours on a row take turns in the two shades,
    2 + 2s   state s, other shade    so that the boundary between two visitors is seen

A cell is (sign, paint, ground): a sign in one colour on another. Its colours are codes; whoever puts the
cell on a screen knows what they look like. No state is told by colour alone: each has a glyph of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import State

if TYPE_CHECKING:
    from collections.abc import Set

EMPTY = 0
INK = 60
"""Words on top of a bar."""
LABEL = 61
"""Words beside the bars."""
FAINT = 62
"""Words that matter less."""
MARK = 63
"""The edges of the chosen visitor's bars, and the ground of its number."""
WAITING = 2 * len(State) + 1
"""In a waterfall: sent, and no byte has come. A browser cannot tell the states apart that this is made of."""
GONE = WAITING + 1
"""On a visitor's own line: it has left without an answer, and the worker is not yet done with the request."""
STANDING = GONE + 1
"""In a waterfall: sent, and no worker has begun it. To a browser that is waiting too."""
ANSWERED = STANDING + 1
"""On a visitor's own line: it has its answer, and the worker is not yet done with the request."""
GRAIN = 32
"""Added to a state's code: the colour of its glyph on the state's own colour, a texture on a solid bar."""

Cell = tuple[str, int, int]
BLANK: Cell = (" ", EMPTY, EMPTY)

GLYPHS = {
    State.LATE: "‹",
    State.CONNECTING: "›",
    State.QUEUED: "·",
    State.RECEIVING: "▒",
    State.RUNNING: "█",
    State.BLOCKED: "▓",
    State.STALLED: "▚",
    State.AWAITING: "░",
    State.SENDING: "▸",
    State.BLOCKED_OR_STALLED: "▙",
}
OWN_NAMES = {WAITING: "waiting", GONE: "gone", STANDING: "standing", ANSWERED: "answered"}
"""What is drawn and is no state of a request."""
OWN_GLYPHS = {WAITING: "─", GONE: "×", STANDING: "·", ANSWERED: "┄"}
BUSY = frozenset({State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED})
"""Drawn at least one sub-cell wide, however short: an event that was recorded is to be seen."""


def code(state: int, shade: int = 0) -> int:
    """The byte of a state in one of its two shades."""
    return 1 + 2 * state + shade


def state_of(role: int) -> State | None:
    """The state that a byte means, None for empty."""
    return State((role - 1) // 2) if EMPTY < role <= 2 * len(State) else None


def name_of(role: int) -> str:
    """A colour code's name, as the style sheet spells it: `running`, `running-alt`, `running-grain`."""
    if role in FIXED_NAMES:
        return FIXED_NAMES[role]
    plain = role - GRAIN if role >= GRAIN else role
    shade = "" if plain % 2 else "-alt"
    name = OWN_NAMES.get(plain) or f"{State((plain - 1) // 2).label}{shade}"
    return f"{name}{'-grain' if role >= GRAIN else ''}"


def first_shade(role: int) -> int:
    """The byte of the same state in its first shade."""
    return role - (role <= 2 * len(State) and role % 2 == 0)


def shown_by(colours: Set[int]) -> frozenset[int]:
    """The bytes, in their first shades, of these colours of cells; what is no state is seen by its sign alone."""
    signs = {colour - GRAIN for colour in colours if colour - GRAIN in _BARS}
    return frozenset(map(first_shade, signs | (colours & _STATES)))


FIXED_NAMES = {EMPTY: "empty", INK: "ink", LABEL: "label", FAINT: "faint", MARK: "mark"}
STATE_CODES = tuple(range(1, 2 * len(State) + 1))
BAR_CODES = (*STATE_CODES, *OWN_NAMES)
_BARS, _STATES = frozenset(BAR_CODES), frozenset(STATE_CODES)
ALL_CODES = (*FIXED_NAMES, *BAR_CODES, *(role + GRAIN for role in BAR_CODES))


def glyph(role: int) -> str:
    """The sign of a byte's state."""
    if role in OWN_GLYPHS:
        return OWN_GLYPHS[role]
    state = state_of(role)
    return " " if state is None else GLYPHS[state]
