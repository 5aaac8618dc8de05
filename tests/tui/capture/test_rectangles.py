"""Rectangles that touch along a whole side become one."""

from __future__ import annotations

from asgi_vs_wsgi.tui.capture.glyph_shapes import Rect
from asgi_vs_wsgi.tui.capture.svg import joined, path_data


def test_a_block_of_cells_is_one_rectangle():
    cells = [Rect(x, y, 12, 24) for x in (24, 0, 12) for y in (24, 0)]
    assert joined(cells) == [Rect(0, 0, 36, 48)]


def test_what_does_not_touch_stays_apart():
    apart = [Rect(0, 0, 12, 24), Rect(24, 0, 12, 24), Rect(0, 48, 12, 24)]
    assert joined(apart) == apart


def test_what_overlaps_is_joined_to_its_end():
    assert joined([Rect(0, 0, 7, 2), Rect(5, 0, 7, 2)]) == [Rect(0, 0, 12, 2)]


def test_rows_of_other_widths_stay_rows():
    rows = [Rect(0, 0, 12, 24), Rect(0, 24, 24, 24)]
    assert joined(rows) == rows


def test_numbers_are_short():
    assert path_data([Rect(1.5, 0, 12, 0.3333)]) == "M1.5 0h12v0.333h-12z"
