"""From sub-cells to cells: eight bytes become one sign with two colours.

▏▎▍▌▋▊▉    the left part in one colour, the rest in the other: an edge inside a cell
█▓░▚…      all eight the same: the glyph of the state, as a texture on its colour
"""

from __future__ import annotations

from functools import lru_cache

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import BLANK, BUSY, EMPTY, GRAIN, INK, Cell, code, glyph
from asgi_vs_wsgi.tui.drawing.window import SUBS

EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEAVY = frozenset(code(state, shade) for state in BUSY for shade in (0, 1))


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
