"""Curves in quarter blocks, with signs that every monospace font has."""

from __future__ import annotations

from asgi_vs_wsgi.tui.modes.ladder_curve import BLOCKS, MARKS, curves, place_of


def text(series, columns=9, rows=4) -> list[str]:
    return ["".join(sign for sign, _ in row) for row in curves(series, columns, rows)]


def test_the_largest_value_is_at_the_top_and_nothing_at_the_bottom():
    rows = text([[0.0, 10.0]])
    assert rows[0][-1] == "●"
    assert rows[-1][0] == "●"


def test_a_line_has_no_gap():
    rows = text([[0.0, 10.0, 0.0]])
    assert all(any(row[column] != " " for row in rows) for column in range(9))


def test_each_series_has_signs_of_its_own():
    rows = curves([[1.0, 10.0], [1.0, 1.0]], 9, 4)
    assert {series for row in rows for sign, series in row if sign in MARKS} == {0, 1}


def test_a_point_that_was_not_measured_is_left_out():
    assert "".join(text([[1.0, None, 1.0]])).count("●") == 2
    assert "".join(text([[None, None]])).strip() == ""


def test_only_blocks_and_marks_are_drawn():
    signs = set("".join(text([[1.0, 7.0, 3.0], [2.0, 2.0, 9.0]], 30, 10)))
    assert signs <= set(BLOCKS) | set(MARKS)


def test_the_first_and_the_last_point_stand_at_the_edges():
    assert [place_of(index, 3, 21) for index in range(3)] == [0, 10, 20]
    assert place_of(0, 1, 21) == 0
