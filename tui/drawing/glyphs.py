"""What a cell can mean: one byte per sub-cell, a glyph and two shades per state.

    0        empty
    1 + 2s   state s                 neighbours on a row take turns in the two shades,
    2 + 2s   state s, other shade    so that the boundary between two visitors is seen

A cell is (sign, paint, ground): a sign in one colour on another. Its colours are codes; whoever puts the
cell on a screen knows what they look like. No state is told by colour alone: each has a glyph of its own.

What the signs mean; the main states always, the others where they are drawn.

From sub-cells to cells: eight bytes become one sign with two colours.

▏▎▍▌▋▊▉    the left part in one colour, the rest in the other: an edge inside a cell
█▓░▚…      all eight the same: the glyph of the state, as a texture on its colour

Ticks on a bar where the pieces of an answer came, as far as the scale has room for them.

░░├░░│░░│░░│░░│░░│      the first piece, and every later one in its own column
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableSequence, Sequence, Set

    from asgi_vs_wsgi.tui.drawing.time_axis import Window

EMPTY = 0
INK = 60
"""Words on top of a bar."""
LABEL = 61
"""Words beside the bars."""
FAINT = 62
"""Words that matter less."""
PIECE = INK
"""In the legend: a tick on a bar, where a piece of an answer came."""
MARK = 63
"""The edges of the chosen visitor's bars."""
MARK_INK, MARK_GROUND = 64, 65
"""Its number."""
ENDED, DIED = 66, 67
"""In the legend: what a worker's lane ends with, words beside bars."""
FIRST_BYTE = 2 * len(State) + 1
"""In a waterfall, no byte has come yet: a browser cannot tell the states apart that this is made of."""
GONE = FIRST_BYTE + 1
"""On a visitor's own line: it has left without an answer, and the worker is not yet done with the request."""
LAST_BYTE = GONE + 1
"""In a waterfall, the first byte has come: of an answer, whose states a browser cannot tell apart either."""
ANSWERED = LAST_BYTE + 1
"""On a visitor's own line: it has its answer, and the worker is not yet done with the request."""
LOOPS_OWN = ANSWERED + 1
"""On a loop's row: it works, and for no request."""
OWN_THREAD = LOOPS_OWN + 1
"""Below a worker: a thread that a view has started was on the CPU."""
CHILD_PROCESS = OWN_THREAD + 1
"""Below a worker: a process that a view has started was."""
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
OWN_NAMES = {
    FIRST_BYTE: "first-byte",
    GONE: "gone",
    LAST_BYTE: "last-byte",
    ANSWERED: "answered",
    LOOPS_OWN: "own-work",
    OWN_THREAD: "own-thread",
    CHILD_PROCESS: "child-process",
}
"""What is drawn and is no state of a request."""
OWN_GLYPHS = {FIRST_BYTE: "─", GONE: "×", LAST_BYTE: "═", ANSWERED: "┄", LOOPS_OWN: "╪", PIECE: "│"}
OWN_GLYPHS |= {OWN_THREAD: "╫", CHILD_PROCESS: "╬", ENDED: "■", DIED: "✕"}
UNPAINTED = frozenset({PIECE, ENDED, DIED})
"""In the legend as words are, without a bar."""
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
FIXED_NAMES |= {MARK_INK: "mark-ink", MARK_GROUND: "mark-ground"}
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


MAIN = tuple(map(code, (State.RUNNING, State.BLOCKED, State.AWAITING, State.STALLED, State.QUEUED)))
"""Always explained."""
WORDS = {code(state): state.words for state in State} | {
    GONE: "visitor gone",
    ANSWERED: "answered, not ended yet",
    LOOPS_OWN: "the loop's own work",
    OWN_THREAD: "own thread on the CPU",
    CHILD_PROCESS: "child process on the CPU",
    PIECE: "piece of an answer",
    ENDED: "worker ended as told",
    DIED: "worker died",
}
SHORT = {GONE: "gone", ANSWERED: "answered", LOOPS_OWN: "own work", PIECE: "piece"}
SHORT |= {OWN_THREAD: "own thread", CHILD_PROCESS: "child process", ENDED: "ended", DIED: "died"}
"""Where there is little room."""
LONG = {code(State.AWAITING): "awaiting (set aside)", code(State.STALLED): "stalled (held up)"}
"""Where there is enough: the plain word, told once."""
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


EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEAVY = frozenset((*(code(state, shade) for state in BUSY for shade in (0, 1)), LOOPS_OWN, OWN_THREAD, CHILD_PROCESS))


def _weight(role: int, count: int) -> int:
    """Work is short and must not vanish between two long waits."""
    return count * 2 if role in _HEAVY else count


@lru_cache(maxsize=1 << 16)
def cell_of(group: bytes) -> Cell:
    """The cell that shows eight sub-cells best: its two weightiest roles, each as wide as it is, in their order."""
    first = group[0]
    if group.count(first) == SUBS:
        return BLANK if first == EMPTY else (glyph(first), first + GRAIN, first)
    one, other = _two(group)
    left, right = (one, other) if _centre(group, one) < _centre(group, other) else (other, one)
    share = group.count(left) * SUBS / (group.count(left) + group.count(right))
    return EIGHTHS[min(SUBS - 1, max(1, round(share)))], left, right


def _two(group: bytes) -> tuple[int, int]:
    ranked = sorted(set(group), key=lambda role: (-_weight(role, group.count(role)), group.index(role)))
    return ranked[0], ranked[1]


def _centre(group: bytes, role: int) -> float:
    places = [index for index, each in enumerate(group) if each == role]
    return sum(places) / len(places)


@lru_cache(maxsize=1 << 16)
def glyph_of(group: bytes) -> str:
    """The one sign for eight sub-cells where there are no colours: that of the weightiest role."""
    return glyph(max(set(group), key=lambda role: (_weight(role, group.count(role)), -group.index(role))))


def cells_of(subs: bytes | bytearray, from_column: int, to_column: int) -> list[Cell]:
    """The cells of [from_column, to_column)."""
    data = bytes(subs[from_column * SUBS : to_column * SUBS])
    return [cell_of(data[at : at + SUBS]) for at in range(0, len(data), SUBS)]


def ink(char: str, role: int) -> Cell:
    """A letter on top of a bar."""
    return char, INK, role


LEVELS = " ▁▂▃▄▅▆▇█"


def level(count: int, scale: int) -> str:
    """A count as a block of its height; nothing is nothing, anything is seen."""
    return LEVELS[min(SUBS, -(-count * SUBS // scale))] if count else " "


IN_LINE = code(State.QUEUED)


FIRST, LATER = "├", glyph(PIECE)
TICKS = (
    f"An answer that comes in pieces has a tick for each, {FIRST} for the first and {LATER} for the others, where the "
    "scale has room for them: + brings them nearer."
)
APART = 2
"""Columns from one tick to the next, on average: closer together they are no ticks any more, but a texture."""


def ticks_of(times_ns: Sequence[int], window: Window) -> dict[int, str]:
    """Sub-cell to sign, one a column; none where the scale has no room for those in view."""
    seen = [at_ns for at_ns in times_ns if window.start_ns <= at_ns < window.end_ns]
    columns: dict[int, int] = {}
    for at_ns in seen:
        columns.setdefault(window.sub(at_ns) // SUBS, window.sub(at_ns))
    if not columns or 2 * len(columns) <= len(seen) or max(columns) - min(columns) < APART * (len(columns) - 1):
        return {}
    signs = dict.fromkeys(columns.values(), LATER)
    if seen[0] == times_ns[0]:
        signs[window.sub(seen[0])] = FIRST
    return signs


def put_ticks(
    cells: MutableSequence[Cell], subs: bytes | bytearray, signs: dict[int, str], low: int, high: int
) -> bool:
    """Put those of the sub-cells [low, high), in whole columns from the left; whether there are any."""
    put = False
    for sub, sign in signs.items():
        column = sub // SUBS
        ground = subs[column * SUBS + SUBS // 2] or cells[column][1] if low // SUBS * SUBS <= sub < high else EMPTY
        if ground != EMPTY:
            cells[column] = ink(sign, ground)
            put = True
    return put
