"""A font file tells which signs it has; what our font lacks is taken from others."""

from __future__ import annotations

import pytest
from made_fonts import in_collection, made_font

from asgi_vs_wsgi.tui.capture.png import FontFile, helping_files


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


def test_a_monospaced_font_helps_before_others(write):
    wide = write("a.ttf", made_font("A", "▸"))
    fixed = write("b.ttf", made_font("B", "▸", fixed=1))
    assert helping_files(frozenset("▸"), [wide, fixed]) == ([fixed], frozenset())


def test_upright_fonts_of_common_weight_help_first_and_only_with_what_is_lacking(write):
    bold = write("a.ttf", made_font("A", "▸►中", style=1))
    poor = write("b.ttf", made_font("B", "abc"))
    upright = write("c.ttf", made_font("C", "▸►"))
    italic = write("d.ttf", made_font("D", "▸中", style=2))
    for paths in ([bold, poor, upright, italic], [italic, upright, poor, bold]):
        assert helping_files(frozenset("▸►"), paths) == ([upright], frozenset())
        assert helping_files(frozenset("▸►中国"), paths) == ([upright, bold], {"国"})
