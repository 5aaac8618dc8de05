"""Ticks on a bar where the pieces of an answer came, as far as the scale has room for them.

░░├░░│░░│░░│░░│░░│      the first piece, and every later one in its own column
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.tui.drawing.glyphs import EMPTY, PIECE, Cell, glyph, ink
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from asgi_vs_wsgi.tui.drawing.time_axis import Window

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
