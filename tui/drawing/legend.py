"""What the signs mean; the main states always, the others where they are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import ANSWERED, GONE, code, glyph

if TYPE_CHECKING:
    from collections.abc import Iterable

MAIN = tuple(map(code, (State.RUNNING, State.BLOCKED, State.AWAITING, State.STALLED, State.QUEUED)))
"""Always explained."""
WORDS = {code(state): state.words for state in State} | {
    code(State.QUEUED): "in line",
    GONE: "visitor gone",
    ANSWERED: "answered, worker not done",
}
SHORT = {GONE: "gone", ANSWERED: "answered"}
"""Where there is little room."""
LONG = {code(State.AWAITING): "awaiting (set aside)", code(State.STALLED): "stalled (held up)"}
"""Where there is enough: what the rows that count those are called."""
_ALWAYS_TOGETHER = {code(State.QUEUED), code(State.CONNECTING)}
"""Both are `in line`."""


def legend(drawn: Iterable[int] = ()) -> list[tuple[int, str, str]]:
    """(role, glyph, word) in the order in which they are told; `drawn` are roles."""
    more = sorted(set(drawn) - set(MAIN) - _ALWAYS_TOGETHER)
    return [(role, glyph(role), WORDS[role]) for role in (*MAIN, *more)]


def told_by(signs: str) -> set[int]:
    """The roles whose signs are among these."""
    return {role for role in WORDS if glyph(role) in signs}


def legend_text(drawn: Iterable[int] = (), width: int = 1 << 30) -> list[str]:
    """`█ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line`, on more lines where one is too narrow."""
    lines = [""]
    for _role, sign, word in legend(drawn):
        each = f"{sign} {word}"
        if lines[-1] and len(lines[-1]) + 2 + len(each) > width:
            lines.append(each)
        else:
            lines[-1] += f"  {each}" if lines[-1] else each
    return lines
