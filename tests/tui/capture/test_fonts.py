"""Our font comes with the program and has what the screen shows; the machine's fonts are asked for the rest."""

from __future__ import annotations

import contextlib
import string

import pytest

from asgi_vs_wsgi.tui.capture.png import BOLD, FOLDERS_VARIABLE, REGULAR, FontFile, fonts_for

LETTERS = string.ascii_letters + string.digits + string.punctuation
SIGNS = "·…×→►–▸←↑↓‹›”“✕■−●▲◄◂•◆▶≤’‘—"
"""Of our screens, but for those that are drawn as shapes."""


def test_ours_has_what_the_screen_shows_but_a_tick():
    for file in (REGULAR, BOLD):
        assert FontFile(file).lacks(LETTERS + SIGNS + "✓") == {"✓"}


def test_for_these_signs_the_machine_is_not_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("asgi_vs_wsgi.tui.capture.png.font_paths", lambda: pytest.fail("it was"))
    assert fonts_for(SIGNS).files == (REGULAR, BOLD)


def test_a_sign_that_no_font_has_is_known_to_be_missing():
    assert fonts_for("a\U0010fffd").missing == {"\U0010fffd"}


def test_files_that_are_no_fonts_are_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv(FOLDERS_VARIABLE, str(tmp_path))
    (tmp_path / "empty.ttf").write_bytes(b"")
    (tmp_path / "words.otf").write_text("these are no fonts at all, however long the words may be")
    (tmp_path / "cut.ttc").write_bytes(b"ttcf\0\1\0\0\0\0\0\1\0\0\0\14")
    (tmp_path / "gone.ttf").symlink_to(tmp_path / "nowhere.ttf")
    assert fonts_for("✓").missing == {"✓"}


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.9])
def test_a_font_that_was_cut_off_is_passed_over_or_lacks_what_it_lost(tmp_path, share):
    data = REGULAR.read_bytes()
    cut = tmp_path / "cut.ttf"
    cut.write_bytes(data[: int(len(data) * share)])
    with contextlib.suppress(ValueError):
        assert FontFile(cut).lacks("\U0010fffd") == {"\U0010fffd"}
