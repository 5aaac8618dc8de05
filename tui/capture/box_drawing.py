"""Box-drawing signs, U+2500 to U+257F: lines from the middle of a cell to its edges, where they meet the next one's.

    u
┌───┼───┐     each arm is one line, or two beside each other;
l ──┼── r     it ends where the lines that cross it end,
└───┼───┘     so that corners are filled and do not stick out
    d
"""

from __future__ import annotations

from asgi_vs_wsgi.tui.capture.box_arms import Arms, arms_of
from asgi_vs_wsgi.tui.capture.cell import HEAVY, HEIGHT, LIGHT, WIDTH, Curve, Rect, Shape

MIDDLE_X, MIDDLE_Y = WIDTH / 2, HEIGHT / 2
APART = 3.0
"""Of each line of a double one from the middle."""
INSIDE = APART - LIGHT / 2
OPPOSITE = {"u": "d", "d": "u", "l": "r", "r": "l"}
ACROSS = {"u": "lr", "d": "lr", "l": "ud", "r": "ud"}
THICKNESS = {1: LIGHT, 2: HEAVY, 3: LIGHT}
REACH = {0: 0.0, 1: LIGHT / 2, 2: HEAVY / 2, 3: APART + LIGHT / 2}
"""From the middle of a crossing line to its outer side."""
DIAGONALS = {
    "╱": (((WIDTH, 0.0), (0.0, HEIGHT)),),
    "╲": (((0.0, 0.0), (WIDTH, HEIGHT)),),
    "╳": (((WIDTH, 0.0), (0.0, HEIGHT)), ((0.0, 0.0), (WIDTH, HEIGHT))),
}


def box_drawing(sign: str) -> Shape:
    """The shape of a box-drawing sign."""
    arms = arms_of(sign)
    if arms.diagonal:
        return Shape(curves=tuple(Curve(points) for points in DIAGONALS[sign]))
    if arms.arc:
        return _arc("r" in arms.weights, "d" in arms.weights)
    if arms.dashes > 1:
        return Shape(rects=_dashed(arms))
    return Shape(rects=tuple(line for arm in arms.weights for line in _arm(arm, arms.weights)))


def _arc(right: bool, down: bool) -> Shape:
    """A rounded corner and the straight part below or above it."""
    turn_y = MIDDLE_Y + (MIDDLE_X if down else -MIDDLE_X)
    edge_x, edge_y = WIDTH if right else 0.0, HEIGHT if down else 0.0
    bend = Curve(((edge_x, MIDDLE_Y), (MIDDLE_X, MIDDLE_Y), (MIDDLE_X, turn_y)), bends=True)
    stem = Rect(MIDDLE_X - LIGHT / 2, min(turn_y, edge_y), LIGHT, abs(turn_y - edge_y))
    return Shape(rects=(stem,), curves=(bend,))


def _dashed(arms: Arms) -> tuple[Rect, ...]:
    """So many dashes in the cell, with gaps of half their length."""
    thick = THICKNESS[max(arms.weights.values())]
    places = [(place + 1 / 6) / arms.dashes for place in range(arms.dashes)]
    share = 2 / 3 / arms.dashes
    if "l" in arms.weights:
        return tuple(Rect(at * WIDTH, MIDDLE_Y - thick / 2, share * WIDTH, thick) for at in places)
    return tuple(Rect(MIDDLE_X - thick / 2, at * HEIGHT, thick, share * HEIGHT) for at in places)


def _arm(arm: str, weights: dict[str, int]) -> list[Rect]:
    """The lines of one arm, from its edge to where the crossing ones are."""
    double = weights[arm] == 3
    return [_line(arm, side, weights) for side in ((-1, 1) if double else (0,))]


def _line(arm: str, side: int, weights: dict[str, int]) -> Rect:
    """`side`: -1 for the upper or left line of a double one, 1 for the other, 0 for a single one."""
    thick = THICKNESS[weights[arm]]
    forward = 1 if arm in "rd" else -1
    inner = _inner(arm, side, weights) * forward
    if arm in "lr":
        start, edge = MIDDLE_X + inner, WIDTH if forward > 0 else 0.0
        return Rect(min(start, edge), MIDDLE_Y + side * APART - thick / 2, abs(edge - start), thick)
    start, edge = MIDDLE_Y + inner, HEIGHT if forward > 0 else 0.0
    return Rect(MIDDLE_X + side * APART - thick / 2, min(start, edge), thick, abs(edge - start))


def _inner(arm: str, side: int, weights: dict[str, int]) -> float:
    """How far from the middle a line begins, towards its edge; below 0 it begins beyond the middle."""
    across = [weights.get(each, 0) for each in ACROSS[arm]]
    goes_through = OPPOSITE[arm] in weights
    if side == 0:
        return INSIDE if min(across) == 3 and not goes_through else -max(map(REACH.__getitem__, across))
    near, far = across if side < 0 else across[::-1]
    if near:
        return INSIDE if near == 3 else -LIGHT / 2
    return 0.0 if goes_through else -REACH[far]
