"""Signs that must meet their neighbours are shapes, and they fill what their names say."""

from __future__ import annotations

import unicodedata

import pytest

from asgi_vs_wsgi.tui.capture.glyph_shapes import HEIGHT, WIDTH, Rect, arms_of, shape_of

BOXES = [chr(code) for code in range(0x2500, 0x2580)]
BLOCKS = [chr(code) for code in range(0x2580, 0x25A0)]


def area(sign: str) -> float:
    return sum(rect.width * rect.height for rect in shape_of(sign).rects) / (WIDTH * HEIGHT)


@pytest.mark.parametrize("sign", [*BOXES, *BLOCKS, "⠿", "⣿"])
def test_every_sign_has_a_shape_inside_its_cell(sign: str):
    shape = shape_of(sign)
    assert shape.rects or shape.curves or shape.shade
    for x, y, width, height in shape.rects:
        assert 0 <= x < x + width <= WIDTH
        assert 0 <= y < y + height <= HEIGHT


@pytest.mark.parametrize("sign", ["a", "·", "…", "▸", "▶", "⏸", "中", "é", " "])
def test_letters_are_left_to_fonts(sign: str):
    assert shape_of(sign) is None


@pytest.mark.parametrize(
    ("signs", "parts"),
    [
        ("▁▂▃▄▅▆▇█", [n / 8 for n in range(1, 9)]),
        ("▏▎▍▌▋▊▉", [n / 8 for n in range(1, 8)]),
        ("▀▐▔▕", [1 / 2, 1 / 2, 1 / 8, 1 / 8]),
        ("▖▗▘▝▚▞▙▛▜▟", [1 / 4] * 4 + [1 / 2] * 2 + [3 / 4] * 4),
    ],
)
def test_a_block_fills_the_part_that_its_name_says(signs: str, parts: list[float]):
    assert [area(sign) for sign in signs] == pytest.approx(parts)


def test_the_right_quarters_are_filled():
    upper_left, lower_right = Rect(0, 0, 6, 12), Rect(6, 12, 6, 12)
    assert set(shape_of("▚").rects) == {upper_left, lower_right}
    assert shape_of("▘").rects == (upper_left,)


@pytest.mark.parametrize(("sign", "percent"), [("░", 25), ("▒", 50), ("▓", 75)])
def test_shades_are_dots(sign: str, percent: int):
    assert shape_of(sign).shade == percent


SIDES = {"u": ("y", 0), "d": ("y", HEIGHT), "l": ("x", 0), "r": ("x", WIDTH)}


def reached(sign: str) -> set[str]:
    """The sides of the cell that the sign's lines reach."""
    shape = shape_of(sign)
    points = [point for curve in shape.curves for point in curve.points]
    points += [(x + dx * w, y + dy * h) for x, y, w, h in shape.rects for dx in (0, 1) for dy in (0, 1)]
    return {side for side, (axis, edge) in SIDES.items() if any(point["xy".index(axis)] == edge for point in points)}


@pytest.mark.parametrize("sign", BOXES)
def test_the_lines_of_a_box_reach_the_sides_that_its_name_says_and_no_other(sign: str):
    name = unicodedata.name(sign)
    if "DIAGONAL" in name or "DASH" in name:
        return
    words = {"UP": "u", "DOWN": "d", "LEFT": "l", "RIGHT": "r", "VERTICAL": "ud", "HORIZONTAL": "lr"}
    said = {side for word in name.split() for side in words.get(word, "")}
    assert reached(sign) == said


@pytest.mark.parametrize(
    ("sign", "weights"),
    [
        ("┍", {"d": 1, "r": 2}),
        ("┱", {"r": 1, "l": 2, "d": 2}),
        ("╼", {"l": 1, "r": 2}),
        ("╫", {"u": 3, "d": 3, "l": 1, "r": 1}),
        ("╒", {"d": 1, "r": 3}),
        ("╋", {"u": 2, "d": 2, "l": 2, "r": 2}),
    ],
)
def test_weights_are_read_whether_they_stand_before_or_after_their_directions(sign: str, weights: dict[str, int]):
    assert arms_of(sign).weights == weights


def test_dashes_have_gaps():
    assert [len(shape_of(sign).rects) for sign in "╌┄┈╎┆┊"] == [2, 3, 4, 2, 3, 4]
