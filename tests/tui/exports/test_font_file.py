"""A font file tells its family, whether its letters are equally wide, and which signs it has."""

from __future__ import annotations

import pytest
from made_fonts import in_collection, made_font

from asgi_vs_wsgi.tui.capture.fonts import LETTERS, Face, FontFile, NoFont, chosen

MONOSPACED, SERIF = bytes([2, 11, 6, 9]) + bytes(6), bytes([2, 11, 6, 3]) + bytes(6)
ALL = "".join(sorted(LETTERS))


@pytest.fixture
def write(tmp_path):
    def at(name: str, data: bytes):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return at


@pytest.mark.parametrize("wrap", [bytes, in_collection])
def test_its_signs_are_known_also_in_a_collection_and_beyond_the_basic_plane(write, wrap):
    font = FontFile(write("a.ttf", wrap(made_font("Made", "ace▸\U0001f422"))))
    assert font.lacks("abcde▸►\U0001f422") == {"b", "d", "►"}
    assert font.face.family == "Made"


@pytest.mark.parametrize(
    ("post", "panose", "fixed"),
    [(1, SERIF, True), (0, MONOSPACED, True), (0, SERIF, False), (1, None, True), (0, None, False)],
)
def test_equal_width_is_told_in_either_of_two_places(write, post, panose, fixed):
    assert FontFile(write("a.ttf", made_font("Made", "a", post=post, panose=panose))).face.fixed is fixed


def test_bold_and_italic_are_two_bits(write):
    faces = [FontFile(write("a.ttf", made_font("Made", "a", style=style))).face for style in range(4)]
    assert faces == [Face("Made", False, bold, italic) for italic in (False, True) for bold in (False, True)]


def test_the_family_that_lacks_least_is_taken_with_all_its_files_and_help_from_others(write):
    poor = write("poor.ttf", made_font("DejaVu Sans Mono", ALL, post=1))
    rich = write("rich.ttf", made_font("Rich Mono", ALL + "▸", post=1))
    bold = write("rich-bold.ttf", made_font("Rich Mono", ALL, post=1, style=1))
    helper = write("helper.ttf", made_font("Helper", "▸►"))
    fonts = chosen("▸►中", [poor, rich, bold, helper])
    assert fonts.family == "Rich Mono"
    assert set(fonts.files) == {rich, bold, helper}
    assert fonts.missing == {"中"}


def test_of_equals_the_better_known_is_taken(write):
    unknown = write("a.ttf", made_font("A Mono", ALL, post=1))
    known = write("z.ttf", made_font("Menlo", ALL, post=1))
    assert chosen("▸", [unknown, known]).family == "Menlo"


def test_equally_wide_signs_without_letters_are_no_font_for_text(write):
    with pytest.raises(NoFont):
        chosen("", [write("signs.ttf", made_font("Signs", "▸►", post=1))])
