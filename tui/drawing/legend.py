"""What the signs mean; the main states always, the others where they are drawn."""

from __future__ import annotations

from collections.abc import Iterable

from scenarios.trace.states import State
from tui.drawing.roles import GLYPHS, LEGEND, WORDS

_ALWAYS_TOGETHER = {State.QUEUED, State.CONNECTING}
"""Both are `in line`."""


def legend(drawn: Iterable[State] = ()) -> list[tuple[State, str, str]]:
    """(state, glyph, word) in the order in which they are told."""
    more = sorted(set(drawn) - set(LEGEND) - _ALWAYS_TOGETHER)
    return [(state, GLYPHS[state], WORDS[state]) for state in (*LEGEND, *more)]


def legend_text(drawn: Iterable[State] = ()) -> str:
    """`█ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line`."""
    return "  ".join(f"{sign} {word}" for _state, sign, word in legend(drawn))
