"""A file is written whole or not at all, and what could not be written is refused beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.errors import BadInput
from scenarios.whole_file import check_writable, write_whole


def test_what_was_there_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / "a.svg"
    file.write_text("old")
    file.chmod(0o640)
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_can_be_read_by_whom_any_new_file_can(tmp_path):
    write_whole(tmp_path / "a.svg", b"new")
    (tmp_path / "other").write_text("")
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "this is a folder"),
        ("none/a.svg", "there is no folder"),
        ("a" * 300, "File name too long"),
        ("/dev/null", "no ordinary file"),
        ("file/a.svg", "Not a directory"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(tmp_path, name: str, said: str):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=said) as caught:
        check_writable("-o", Path(tmp_path / name))
    assert caught.value.one_line().startswith("-o ")
