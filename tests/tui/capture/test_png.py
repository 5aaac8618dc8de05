"""A PNG has its text, and box and block signs join without a seam."""

from __future__ import annotations

import sys

import pytest
from made_frames import PAGE, made_frame
from pixels import Pixels, changes

from asgi_vs_wsgi.tui.capture.png import FOLDERS_VARIABLE, main, png
from asgi_vs_wsgi.tui.capture.svg import svg

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def drawn(*lines: str) -> Pixels:
    return Pixels(png(svg(made_frame(*lines))).data)


def test_letters_are_there():
    pixels = drawn("W W", "   ")
    for column in (0, 2):
        assert {BLACK, WHITE} <= pixels.colours(column, 0)
    assert pixels.colours(1, 0) == pixels.colours(0, 1) == {BLACK}


def test_full_blocks_leave_no_seam():
    assert drawn("███", "███").colours(0, 0, 3, 2) == {WHITE}


def test_eighths_stand_on_the_same_ground():
    pixels = drawn("▂▄▆", "███")
    assert pixels.colours(0, 1, 3) == {WHITE}
    assert [changes([row[0] for row in pixels.cell(column, 0)]) for column in range(3)] == [1, 1, 1]


def test_the_frame_of_a_box_is_closed():
    pixels = drawn("╭─╮", "│ │", "╰─╯")
    across, down = pixels.cell(0, 1, 3)[20], [row[36] for row in pixels.cell(0, 0, 3, 3)]
    assert (changes(across), changes(down)) == (4, 4)
    rows = pixels.cell(0, 0, 3, 3)
    assert all(WHITE in row for row in rows[23:121])
    assert all(any(row[x] != BLACK for row in rows) for x in range(11, 61))


def test_shades_join_and_are_more_or_less_dense():
    for sign, share in zip("░▒▓", (2 / 9, 1 / 2, 7 / 9), strict=True):
        rows = drawn(sign * 3, sign * 3).cell(0, 0, 3, 2)
        lit = sum(pixel == WHITE for row in rows for pixel in row)
        assert lit / (len(rows) * len(rows[0])) == pytest.approx(share, abs=0.01)
        assert rows[0:12] == rows[48:60]


def test_a_sign_that_no_font_has_is_drawn_as_another_and_told():
    made = png(svg(made_frame("a\U0010fffd")))
    assert made.stood_in == {"\U0010fffd"}
    assert made.remark() == "no font of this machine has \U0010fffd: drawn as other signs"
    assert Pixels(made.data).cell(1, 0) == drawn("a?").cell(1, 0)


def test_the_same_twice():
    picture = svg(made_frame("some words ▓▓"))
    assert png(picture).data == png(picture).data


def test_bold_letters_are_bolder():
    lit = [
        sum(
            pixel == WHITE for row in Pixels(png(svg(made_frame("HHH", look=look))).data).cell(0, 0, 3) for pixel in row
        )
        for look in (PAGE, PAGE._replace(bold=True))
    ]
    assert lit[1] > 1.2 * lit[0]


def test_a_machine_without_fonts_draws_the_same_and_a_tick_like_a_root(tmp_path, monkeypatch: pytest.MonkeyPatch):
    here = drawn("words …").cell(0, 0, 7)
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path))
    assert drawn("words …").cell(0, 0, 7) == here
    made = png(svg(made_frame("✓")))
    assert made.stood_in == {"✓"}
    assert Pixels(made.data).cell(0, 0) == drawn("√").cell(0, 0)


def test_another_font_that_helps_leaves_the_letters_alone():
    assert drawn("words ✓").cell(0, 0, 5) == drawn("words").cell(0, 0, 5)


def test_as_a_program_it_hands_over_a_picture(tmp_path, capfdbinary):
    source = tmp_path / "a.svg"
    source.write_text(svg(made_frame("words")))
    assert main(str(source)) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr() == (png(source.read_text()).data, b"")
