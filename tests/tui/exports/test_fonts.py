"""Fonts are chosen by what they have; a machine without any says so and what to install."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from asgi_vs_wsgi.tui.capture.fonts import FOLDERS_VARIABLE, LETTERS, FontFile, NoFont, chosen, font_paths, fonts_for


@pytest.fixture
def paths() -> list[Path]:
    found = sorted(font_paths())
    try:
        chosen("", found)
    except NoFont:
        pytest.skip("no monospace font on this machine")
    return found


def test_a_family_that_has_letters_of_one_width_is_chosen_with_all_its_files(paths):
    fonts = chosen("·…", paths)
    faces = [FontFile(path).face for path in fonts.files]
    assert {face.family for face in faces} == {fonts.family}
    assert all(face.fixed for face in faces)
    assert not FontFile(fonts.files[0]).lacks(LETTERS)
    assert not fonts.missing


def test_a_sign_that_no_font_has_is_known_to_be_missing(paths):
    assert chosen("a\U0010fffd", paths).missing == {"\U0010fffd"}


def test_the_choice_does_not_depend_on_the_order_of_files(paths):
    assert chosen("▸·…", paths).family == chosen("▸·…", paths[::-1]).family


def test_a_machine_without_a_font_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path))
    with pytest.raises(NoFont) as caught:
        fonts_for("")
    assert "apt-get install fonts-dejavu-core" in caught.value.one_line()


def test_files_that_are_no_fonts_are_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path))
    (tmp_path / "empty.ttf").write_bytes(b"")
    (tmp_path / "words.otf").write_text("these are no fonts at all, however long the words may be")
    (tmp_path / "cut.ttc").write_bytes(b"ttcf\0\1\0\0\0\0\0\1\0\0\0\14")
    (tmp_path / "gone.ttf").symlink_to(tmp_path / "nowhere.ttf")
    with pytest.raises(NoFont):
        fonts_for("")


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.9])
def test_a_font_that_was_cut_off_is_passed_over_or_lacks_what_it_lost(paths, tmp_path, share):
    data = next(path for path in paths if FontFile(path).face.fixed).read_bytes()
    cut = tmp_path / "cut.ttf"
    cut.write_bytes(data[: int(len(data) * share)])
    with contextlib.suppress(ValueError):
        assert FontFile(cut).lacks("\U0010fffd") == {"\U0010fffd"}
