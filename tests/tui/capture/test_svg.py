"""An SVG needs nothing but itself, is the same every time, and puts each piece of text where its cells are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from made_frames import PAGE, made_frame

from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Run
from asgi_vs_wsgi.tui.capture.svg import svg

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[tuple[float, float, float, str]]:
    """(x, y, length, words) of every piece of text."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}text")
    return [(*(float(each.get(key)) for key in ("x", "y", "textLength")), each.text) for each in found]


def test_it_names_nothing_from_anywhere():
    picture = svg(made_frame("words ─ and ▓"))
    assert set(re.findall(r"https?://[^\"<>]+", picture)) == {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in picture
    assert "<style" not in picture


def test_it_is_the_same_twice_and_another_one_for_another_frame():
    frames = [made_frame("one ▓▓ ╭─╮"), made_frame("one ▓▓ ╭─╮"), made_frame("two ▓▓ ╭─╮")]
    first, again, other = map(svg, frames)
    assert first == again != other


def test_words_stay_together_and_wide_gaps_part_them():
    assert texts(svg(made_frame("one word   and more"))) == [(0, 18, 96, "one word"), (132, 18, 96, "and more")]


def test_a_rare_sign_cannot_push_its_neighbours():
    assert texts(svg(made_frame("a▸b"))) == [(0, 18, 12, "a"), (12, 18, 12, "▸"), (24, 18, 12, "b")]


def test_a_sign_of_two_cells_takes_two():
    row = (Run(0, 1, "a", PAGE), Run(1, 2, "中", PAGE), Run(3, 1, "b", PAGE))
    assert texts(svg(Frame(4, 1, (row,), PAGE))) == [(0, 18, 12, "a"), (12, 18, 24, "中"), (36, 18, 12, "b")]


def test_what_is_markup_elsewhere_is_text_here():
    frame = made_frame('<b>&"', title="a < b")
    assert texts(svg(frame)) == [(0, 18, 60, '<b>&"')]
    assert ElementTree.fromstring(svg(frame)).find(f"{SVG}title").text == "a < b"


def test_box_and_block_signs_are_no_text():
    assert texts(svg(made_frame("╭──╮ ▓▓ ⣿"))) == []


def test_letters_keep_their_looks():
    look = Look("#ff0000", "#0000ff", bold=True, italic=True, underline=True, struck=True)
    picture = svg(made_frame("x", look=look))
    wanted = 'fill="#ff0000" font-weight="bold" font-style="italic" text-decoration="underline line-through"'
    assert wanted in picture
    assert '<path fill="#0000ff" d="M0 0h12v24h-12z"/>' in picture
